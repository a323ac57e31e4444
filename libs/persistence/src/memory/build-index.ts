/** @file From columns to orders: what a search for the best looks at, computed once for a version of the results. */
import { rankings, type Ranking } from '../query/orderings';
import {
  runLength,
  type ByPopulation,
  type CostColumn,
  type CostEvidence,
  type CostIndex,
  type RankingIndex,
  type ResultsIndex,
} from './results-index';

export interface ResultColumns {
  readonly version: number;
  readonly ids: Uint8Array;
  readonly macs: Float64Array;
  /** [rows] each */
  readonly losses: Readonly<Record<Ranking, Float64Array>>;
  readonly costs: readonly CostColumn[];
}

export const float64s = (length: number): Float64Array =>
  new Float64Array(new SharedArrayBuffer(8 * length));
const uint32s = (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * length));

const evidences: readonly CostEvidence[] = ['measured', 'any'];
const runsOf = (rows: number): number => Math.ceil(rows / runLength);

const byPopulation = <T>(of: (ranking: Ranking, evidence: CostEvidence) => T): ByPopulation<T> => {
  const byEvidence = (ranking: Ranking) => ({
    measured: of(ranking, 'measured'),
    any: of(ranking, 'any'),
  });
  return { accuracy: byEvidence('accuracy'), predictedAccuracy: byEvidence('predictedAccuracy') };
};

/** Numbers of the rows that have a value, by `compare`. */
function orderOf(values: Float64Array, compare: (a: number, b: number) => number): Uint32Array {
  let count = 0;
  for (const value of values) if (!Number.isNaN(value)) count++;
  const order = uint32s(count);
  let at = 0;
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row]!)) order[at++] = row;
  return order.sort(compare);
}

export const counts = (
  { isPredicted }: Pick<CostColumn, 'isPredicted'>,
  row: number,
  evidence: CostEvidence,
): boolean => evidence === 'any' || isPredicted?.[row] !== 1;

/** Sizes grow with the number of candidates; time with n log n. */
export function buildIndex(columns: ResultColumns): ResultsIndex {
  const { version, ids, macs, losses } = columns;
  const costs = columns.costs.map((column) => costIndex(column, losses));
  const ranking = (name: Ranking): RankingIndex => rankingIndex(losses[name], macs, costs);
  return {
    ...{ version, ids, macs, costs },
    rankings: Object.fromEntries(rankings.map((name) => [name, ranking(name)])) as Record<
      Ranking,
      RankingIndex
    >,
  };
}

function costIndex(column: CostColumn, losses: ResultColumns['losses']): CostIndex {
  const { values } = column;
  const order = orderOf(values, (a, b) => values[a]! - values[b]! || a - b);
  const runs = runsOf(order.length);
  const before = byPopulation(() => uint32s(runs + 1));
  const lowestLoss = byPopulation(() => float64s(runs).fill(Infinity));
  for (const ranking of rankings) {
    for (const evidence of evidences) {
      const [sums, lowest] = [before[ranking][evidence], lowestLoss[ranking][evidence]];
      for (let run = 0; run < runs; run++) {
        let count = 0;
        for (const row of order.subarray(run * runLength, (run + 1) * runLength)) {
          const loss = losses[ranking][row]!;
          if (Number.isNaN(loss) || !counts(column, row, evidence)) continue;
          count++;
          lowest[run] = Math.min(lowest[run]!, loss);
        }
        sums[run + 1] = sums[run]! + count;
      }
    }
  }
  return { ...column, order, before, lowestLoss };
}

function rankingIndex(
  loss: Float64Array,
  macs: Float64Array,
  costs: readonly CostColumn[],
): RankingIndex {
  const order = orderOf(loss, (a, b) => loss[a]! - loss[b]! || macs[a]! - macs[b]! || a - b);
  const lowest = costs.map((column) => {
    const of = (evidence: CostEvidence): Float64Array => {
      const least = float64s(runsOf(order.length)).fill(Infinity);
      order.forEach((row, at) => {
        const run = Math.floor(at / runLength);
        if (counts(column, row, evidence) && column.values[row]! < least[run]!)
          least[run] = column.values[row]!;
      });
      return least;
    };
    return { measured: of('measured'), any: of('any') };
  });
  return { loss, order, lowest };
}
