/** @file The most accurate row of a table within hard limits, exactly: every row is looked at. */
import {
  byStrength,
  type BenchmarkTable,
  type CostKey,
  type CostLimits,
  type Evidence,
  type QueryAnswer,
  type QueryArchitecture,
  type QueryCost,
} from '@sextant/contracts';
import { cellAt, cellKey, formatCell } from '@sextant/search-space';
import { wilsonInterval } from '../wilson-interval';
import { CellCosts } from './cell-costs';

type Column = BenchmarkTable['select'];

export interface TableQuestion {
  /** Of counted costs, and of costs of the table by their keys, as in `latencyMs@pixel3`. */
  readonly limits: CostLimits;
  /** As a fraction. */
  readonly minAccuracy?: number | undefined;
  readonly finalists: number;
}

/** Keys of a profile without its name: what a query to that profile calls them. */
const bare = (cost: string): string => cost.split('@')[0] as string;

function accuracyOf(
  { values, images, split }: Column,
  index: number,
): QueryArchitecture['accuracy'] {
  const value = values[index];
  if (value === null || value === undefined || split === null) return null;
  const n = images ?? 1;
  const interval = images === null ? { lower: value, upper: value } : wilsonInterval(value * n, n);
  return { value, ...interval, n, split, fidelity: 'tabulated' };
}

/** What any number of questions to one table have in common. */
export interface PreparedTable {
  readonly table: BenchmarkTable;
  readonly costs: CellCosts;
  /** Indices that have an accuracy. */
  readonly known: readonly number[];
}

export const prepareTable = (table: BenchmarkTable): PreparedTable => ({
  table,
  costs: new CellCosts(table),
  known: table.select.values.flatMap((value, index) => (value === null ? [] : index)),
});

class TableRanking {
  private readonly table: BenchmarkTable;
  private readonly known: readonly number[];
  private readonly costs: CellCosts;
  private readonly macs: readonly (number | null)[];

  constructor(
    { table, costs, known }: PreparedTable,
    private readonly question: TableQuestion,
  ) {
    this.table = table;
    this.costs = costs;
    this.known = known;
    this.macs = costs.values('macs');
  }

  answer(): QueryAnswer {
    const fitting = this.known.filter((index) => this.fits(index));
    const finalists = this.top(fitting, this.question.finalists);
    const [best] = finalists;
    if (best === undefined) return this.infeasible();
    return {
      feasible: true,
      best: this.view(best),
      evidence: this.evidence,
      feasibleCount: fitting.length,
      feasibleCountRelation: 'exact',
      evaluatedCount: this.known.length,
      finalists: finalists.map((index) => this.view(index)),
      neighbours: this.neighbours(best, fitting),
    };
  }

  /** Negative where `a` is before `b`: more accurate, then fewer MACs, then the smaller key. */
  private compare(a: number, b: number): number {
    const byScore =
      this.accuracy(b) - this.accuracy(a) || (this.macs[a] as number) - (this.macs[b] as number);
    if (byScore !== 0 || a === b) return byScore;
    return cellKey(cellAt(a)) < cellKey(cellAt(b)) ? -1 : 1;
  }

  /** The first `count` in order, without sorting the others. */
  private top(indices: readonly number[], count: number): number[] {
    const first: number[] = [];
    for (const index of indices) {
      const last = first.at(-1);
      if (first.length === count && last !== undefined && this.compare(index, last) > 0) continue;
      const at = first.findIndex((other) => this.compare(index, other) < 0);
      first.splice(at < 0 ? first.length : at, 0, index);
      if (first.length > count) first.pop();
    }
    return first;
  }

  private rank(index: number): number {
    return 1 + this.known.filter((other) => this.compare(other, index) < 0).length;
  }

  /** The weakest by which a limit is kept. */
  private get evidence(): Evidence {
    const limited = this.table.costs.filter(({ cost }) => cost in this.question.limits);
    return byStrength.find((it) => limited.some(({ evidence }) => evidence === it)) ?? 'counted';
  }

  private accuracy(index: number): number {
    return this.table.select.values[index] as number;
  }

  private fits(index: number): boolean {
    const { limits, minAccuracy = 0 } = this.question;
    return this.accuracy(index) >= minAccuracy && this.costs.violation(limits, index) === 0;
  }

  /** By latency where it is limited, else by the first limit; there are none where nothing is limited. */
  private neighbours(best: number, fitting: readonly number[]) {
    const keys = Object.keys(this.question.limits) as CostKey[];
    const pace = keys.find((cost) => bare(cost) === 'latencyMs') ?? keys[0];
    if (pace === undefined) return { slower: null, faster: null };
    const { [pace]: limit = Infinity, ...others } = this.question.limits;
    const cost = (index: number): number => this.costs.of(pace, index) ?? Infinity;
    const slower = this.known
      .filter((index) => this.accuracy(index) > this.accuracy(best))
      .filter((index) => cost(index) > limit && cost(index) < Infinity)
      .filter((index) => this.costs.violation(others, index) === 0)
      .reduce<number | null>((a, b) => (a === null || cost(b) < cost(a) ? b : a), null);
    const quicker = fitting.filter((index) => cost(index) < cost(best));
    const [faster] = this.top(quicker, 1);
    return {
      slower: slower === null ? null : this.view(slower),
      faster: faster === undefined ? null : this.view(faster),
    };
  }

  private infeasible(): QueryAnswer {
    const smallest = Object.keys(this.question.limits).map((cost) => {
      const values = this.costs.values(cost as CostKey);
      const least = this.known.reduce((min, at) => Math.min(min, values[at] ?? Infinity), Infinity);
      return [bare(cost), Number.isFinite(least) ? least : null] as const;
    });
    const [top] = this.top(this.known, 1);
    const said = smallest.map(([cost, value]) => `${cost} ${value ?? 'unknown'}`);
    return {
      feasible: false,
      evaluatedCount: this.known.length,
      smallest: Object.fromEntries(smallest),
      highestAccuracy: top === undefined ? null : this.accuracy(top),
      hint:
        `none of ${this.known.length} architectures fits every limit; the smallest of each: ` +
        (said.join(', ') || 'nothing is limited but the accuracy'),
    };
  }

  private view(index: number): QueryArchitecture {
    const cell = cellAt(index);
    const { select, report, costs } = this.table;
    const counted = (['macs', 'paramCount'] as const).map((cost) => {
      const value = this.costs.of(cost, index) as number;
      const known: QueryCost = {
        value,
        lower: value,
        upper: value,
        evidence: 'counted',
        conditions: {},
      };
      return [cost, known] as const;
    });
    const measured = costs.flatMap(({ cost, values, evidence, conditions }) => {
      const value = values[index] ?? null;
      if (value === null) return [];
      const known: QueryCost = {
        value,
        lower: value,
        upper: value,
        evidence,
        conditions,
      };
      return [[bare(cost), known] as const];
    });
    return {
      id: cellKey(cell),
      architecture: { cell: formatCell(cell) },
      encoding: [...cell],
      rank: this.rank(index),
      accuracy: accuracyOf(select, index),
      testAccuracy: report && accuracyOf(report, index),
      costs: Object.fromEntries([...measured, ...counted]),
      candidate: null,
    };
  }
}

/** All costs of the table are of one hardware profile. */
export const bestOfTable = (table: PreparedTable, question: TableQuestion): QueryAnswer =>
  new TableRanking(table, question).answer();
