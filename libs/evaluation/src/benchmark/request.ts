/** @file Is this search of a table one that can be run? Asked before it is accepted. */
import { InfeasibleConstraintError, NasError, ValidationError } from '@sextant/common';
import type {
  BenchmarkColumn,
  BenchmarkTable,
  CostKey,
  CostLimits,
  SearchBy,
} from '@sextant/contracts';
import { isStrategyName, strategies } from '@sextant/search';
import { MissionOptions } from '../mission';
import { CellCosts } from './cell-costs';
import { limitsOf } from './run-benchmark';
import { measuredLimits } from './table-mission';

const options = '/method/options';

const refuse = (pointer: string, message: string): never => {
  throw new ValidationError(message, [{ pointer, message }]);
};

function requireColumn(
  columns: readonly BenchmarkColumn[],
  name: string,
  pointer: string,
): BenchmarkColumn {
  const column = columns.find((it) => it.name === name && it.kind === 'accuracy');
  if (column) return column;
  const accuracies = columns.filter(({ kind }) => kind === 'accuracy').map((it) => it.name);
  return refuse(pointer, `no accuracy ${name}; there are ${accuracies.join(', ') || 'none'}`);
}

/**
 * Checks what needs no values: space, columns, strategy, and that limits are of costs a table can have.
 * @throws {ValidationError} with a pointer to what is wrong
 */
export function requireTableSearch(
  spec: SearchBy<'benchmark'>,
  columns: readonly BenchmarkColumn[],
): void {
  const { select, report, strategy, strategyOptions, limits, objectives } = spec.method.options;
  if (spec.space !== 'nas-bench-201') {
    refuse('/space', 'a search by benchmark is in the space nas-bench-201');
  }
  const selected = requireColumn(columns, select, `${options}/select`);
  if (selected.split === 'test') {
    refuse(
      `${options}/select`,
      `${select} is a test accuracy; it may be reported, not searched for`,
    );
  }
  if (spec.dataset !== selected.dataset) {
    refuse('/dataset', `${select} is of ${selected.dataset}, not of ${spec.dataset}`);
  }
  if (report !== null && requireColumn(columns, report, `${options}/report`).split !== 'test') {
    refuse(`${options}/report`, `${report} is no test accuracy`);
  }
  for (const [part, keys] of [
    ['limits', Object.keys(limits)],
    ['objectives', objectives],
  ] as const) {
    if (keys.includes('latencyMs' satisfies CostKey)) {
      const message = 'nothing is timed here; name a hardware profile, as in latencyMs@pixel3';
      refuse(`${options}/${part}`, message);
    }
  }
  requireStrategy(strategy, strategyOptions, limits);
}

/** Of a mission, but for the budgets and the seed, which every search has. */
const missionOptions = MissionOptions.omit({ seed: true, trainings: true, measurements: true });

function requireStrategy(name: string, given: unknown, limits: CostLimits): void {
  const isMission = name === 'mission';
  if (!isMission && !isStrategyName(name)) {
    const known = ['mission', ...Object.keys(strategies)].join(', ');
    return refuse(`${options}/strategy`, `no strategy ${name}; there are ${known}`);
  }
  if (isMission && Object.keys(measuredLimits(limits)).length === 0) {
    const message =
      'a mission needs a limit of a cost on a hardware profile, as in latencyMs@pixel3';
    return refuse(`${options}/limits`, message);
  }
  const schema = isMission ? missionOptions : strategies[name].options;
  const { success, error } = schema.safeParse(given);
  if (success) return;
  const violations = error.issues.map(({ path, message }) => ({
    pointer: `${options}/strategyOptions${path.map((key) => `/${String(key)}`).join('')}`,
    message,
  }));
  throw new ValidationError(`these are no options of ${name}`, violations);
}

/** What of a table fits, before any of it is searched. */
export interface TableFeasibility {
  readonly trainable: number;
  /** Of these, how many meet every limit. */
  readonly fitting: number;
  /** Of each limited cost, over all that can be trained; null where none is known. */
  readonly smallest: Readonly<Record<string, number | null>>;
}

export function tableFeasibility(table: BenchmarkTable, limits: CostLimits): TableFeasibility {
  const costs = new CellCosts(table);
  const trainable = table.select.values.flatMap((value, index) => (value === null ? [] : index));
  const smallest = Object.keys(limits).map((cost) => {
    const values = costs.values(cost as CostKey);
    const least = trainable.reduce((min, at) => Math.min(min, values[at] ?? Infinity), Infinity);
    return [cost, Number.isFinite(least) ? least : null] as const;
  });
  return {
    trainable: trainable.length,
    fitting: trainable.filter((index) => costs.violation(limits, index) === 0).length,
    smallest: Object.fromEntries(smallest),
  };
}

/** @throws {InfeasibleConstraintError} no architecture of the table meets every limit */
export function requireTableFeasible(spec: SearchBy<'benchmark'>, table: BenchmarkTable): void {
  const limits = limitsOf(spec);
  const { trainable, fitting, smallest } = tableFeasibility(table, limits);
  if (fitting > 0) return;
  const known = Object.entries(smallest).filter(
    (entry): entry is [string, number] => entry[1] !== null,
  );
  const asked = Object.entries(limits).map(([cost, limit]) => `${cost} ≤ ${limit}`);
  throw new InfeasibleConstraintError(
    `none of ${trainable} architectures meets ${asked.join(' and ')}; the smallest of each: ` +
      (known.map(([cost, value]) => `${cost} ${value}`).join(', ') || 'none is known'),
    Object.fromEntries(known),
  );
}

/** A benchmark, column or profile that is named in a request and does not exist is a fault of the request. */
export const asFaultOf =
  (pointer: string) =>
  (error: unknown): never => {
    if (!(error instanceof NasError) || error.code !== 'not-found') throw error;
    throw new ValidationError(error.message, [{ pointer, message: error.message }], {
      cause: error,
    });
  };
