/** @file A whole search by looking results up: strategy, limits, budgets, and candidates stored as they are found. */
import type {
  BenchmarkSummary,
  BenchmarkTable,
  CandidateCost,
  CostKey,
  CostLimits,
  EvaluatedCandidate,
  Progress,
  SearchBy,
  StopReason,
} from '@sextant/contracts';
import { cellSpace, restrictTo, startRun, type EncodedSpace } from '@sextant/search';
import { allCells, cellIndex, cellKey, type Cell } from '@sextant/search-space';
import { CellCosts } from './cell-costs';
import { lookedUp, lookedUpCosts } from './looked-up';
import { measuredLimits, openTableMission } from './table-mission';

export interface BenchmarkInput {
  readonly spec: SearchBy<'benchmark'>;
  readonly table: BenchmarkTable;
  /** Candidates an earlier run has stored: they are found again and not handed over again. */
  readonly done: readonly Pick<EvaluatedCandidate, 'id'>[];
}

export interface BenchmarkPorts {
  /** A clock that never goes back, in ms. */
  nowMs(): number;
  onProgress(progress: Progress): void;
  /** Resolves once they are on their way; costs belong to candidates handed over before. */
  onCandidates(candidates: readonly EvaluatedCandidate[]): Promise<void>;
  onCosts(costs: readonly CandidateCost[]): Promise<void>;
  stopRequested(): Promise<StopReason | null>;
}

export type BenchmarkOutcome =
  | { readonly kind: 'done'; readonly summary: BenchmarkSummary }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/** Handed over at a time: one message, one transaction. */
const batch = 500;
/** Progress is said so often in a search. */
const reports = 100;
/** A strategy may propose what it has proposed before, so often in a row. */
const repeatsInARow = 10_000;

/**
 * Runs a search by strategy. Every draw comes from the seed and nothing is timed, so a run that was interrupted is
 * repeated from its start and finds the same: what was stored before is only not stored again.
 * @throws {ValidationError} the strategy, or its options, do not exist
 */
export async function runBenchmark(
  input: BenchmarkInput,
  ports: BenchmarkPorts,
): Promise<BenchmarkOutcome> {
  return new BenchmarkRun(input, ports).toTheEnd();
}

/** The table has the accuracy that is searched for. */
export const isTrainable = ({ select }: BenchmarkTable, index: number): boolean =>
  (select.values[index] ?? null) !== null;

/** The cells that can be trained, of those that meet what can be counted without measuring. */
export function trainableCells(
  table: BenchmarkTable,
  costs: CellCosts,
  limits: CostLimits,
): EncodedSpace {
  const counted = Object.fromEntries(
    Object.entries(limits).filter(([cost]) => cost === 'macs' || cost === 'paramCount'),
  );
  return restrictTo(cellSpace({ classes: false }), (cell) => {
    const index = cellIndex(cell);
    return isTrainable(table, index) && costs.violation(counted, index) === 0;
  });
}

/** Limits of the method and those that every search may have. */
export function limitsOf({ method, constraints }: SearchBy<'benchmark'>): CostLimits {
  const { maxMacs, maxParams } = constraints;
  const within = (cost: 'macs' | 'paramCount', limit: number | undefined): CostLimits =>
    limit === undefined ? {} : { [cost]: Math.min(limit, method.options.limits[cost] ?? Infinity) };
  return {
    ...method.options.limits,
    ...within('macs', maxMacs),
    ...within('paramCount', maxParams),
  };
}

type Ended = BenchmarkSummary['ended'] | { readonly stop: StopReason };

interface Told {
  readonly objectives: readonly number[];
  readonly violation: number;
}

class BenchmarkRun {
  private readonly costs: CellCosts;
  private readonly limits: CostLimits;
  private readonly objectives: readonly CostKey[];
  private readonly stored: ReadonlySet<string>;
  private readonly known = new Map<number, Told>();
  private readonly smallest: Record<string, number> = {};
  private readonly startedMs: number;
  private newCandidates: EvaluatedCandidate[] = [];
  private newCosts: CandidateCost[] = [];
  private trainingSeconds: number | null = 0;
  private trained = 0;
  private measured = 0;
  private overLimit = 0;
  private best: Progress['bestSoFar'] = null;

  constructor(
    private readonly input: BenchmarkInput,
    private readonly ports: BenchmarkPorts,
  ) {
    const { spec, table, done } = input;
    this.costs = new CellCosts(table);
    this.limits = limitsOf(spec);
    const { objectives } = spec.method.options;
    this.objectives = (objectives.length > 0 ? objectives : Object.keys(this.limits)) as CostKey[];
    this.stored = new Set(done.map(({ id }) => id));
    this.startedMs = ports.nowMs();
  }

  async toTheEnd(): Promise<BenchmarkOutcome> {
    const ended = await this.search();
    await this.handOver();
    if (typeof ended === 'object') return { kind: 'stopped', reason: ended.stop };
    this.report('done');
    return { kind: 'done', summary: this.summary(ended) };
  }

  private search(): Promise<Ended> {
    const { spec, table } = this.input;
    const space = trainableCells(table, this.costs, this.limits);
    return spec.method.options.strategy === 'mission'
      ? this.byMission(allCells().filter((cell) => space.accepts(cell)))
      : this.byStrategy(space);
  }

  private async byMission(cells: readonly Cell[]): Promise<Ended> {
    const { spec, table } = this.input;
    const { strategyOptions, trainings, measurements } = spec.method.options;
    const budgets = { ...strategyOptions, seed: spec.seed, trainings, measurements };
    const { mission, cellOf } = openTableMission(cells, table, this.costs, this.limits, budgets);
    for (;;) {
      const stop = await this.ports.stopRequested();
      if (stop) return { stop };
      const step = mission.next();
      if (step.kind === 'done') {
        if (this.trained === trainings) return 'trainings';
        return this.measured === measurements ? 'measurements' : 'exhausted';
      }
      const cell = cellOf(step.id);
      const index = cellIndex(cell);
      if (step.kind === 'train') mission.tellTrained(step.id, this.train(cell, index));
      else mission.tellMeasured(step.id, this.measure(index));
    }
  }

  private async byStrategy(space: EncodedSpace): Promise<Ended> {
    const { spec } = this.input;
    const { strategy, strategyOptions: options, trainings, measurements } = spec.method.options;
    const run = startRun({ strategy, space, seed: spec.seed, options });
    let repeats = 0;
    while (this.trained < trainings) {
      const stop = await this.ports.stopRequested();
      if (stop) return { stop };
      const ask = run.ask();
      if (ask.kind !== 'candidate') return ask.kind === 'infeasible' ? 'infeasible' : 'exhausted';
      const { number, encoding } = ask;
      const index = cellIndex(encoding);
      const before = this.known.get(index);
      repeats = before ? repeats + 1 : 0;
      if (repeats === repeatsInARow) return 'exhausted';
      if (!before && this.needsDevice && this.measured === measurements) return 'measurements';
      const told = before ?? this.evaluate(encoding, index);
      this.known.set(index, told);
      run.tell({ number, encoding, ...told });
      if (this.newCandidates.length >= batch || this.newCosts.length >= 4 * batch) {
        await this.handOver();
      }
    }
    return 'trainings';
  }

  private get needsDevice(): boolean {
    return this.input.table.costs.length > 0;
  }

  /** Limited costs of a device; null where one of them is not known. */
  private measure(index: number): Readonly<Record<string, number>> | null {
    if (this.needsDevice) this.measured += 1;
    const costs: Record<string, number> = {};
    for (const cost of Object.keys(this.limits)) {
      const value = this.costs.of(cost as CostKey, index);
      if (value === null) continue;
      this.smallest[cost] = Math.min(value, this.smallest[cost] ?? Infinity);
      if (cost.includes('@')) costs[cost] = value;
    }
    if (this.costs.violation(this.limits, index) > 0) this.overLimit += 1;
    const limited = Object.keys(measuredLimits(this.limits));
    return limited.every((cost) => cost in costs) ? costs : null;
  }

  private evaluate(cell: Cell, index: number): Told {
    this.measure(index);
    const violation = this.costs.violation(this.limits, index);
    const others = this.objectives.map((cost) => this.costs.of(cost, index) ?? Number.MAX_VALUE);
    if (violation > 0) return { objectives: [1, ...others], violation };
    return { objectives: [1 - this.train(cell, index), ...others], violation: 0 };
  }

  private train(cell: Cell, index: number): number {
    const { spec, table } = this.input;
    const { trainings } = spec.method.options;
    const accuracy = table.select.values[index] as number;
    const seconds = table.seconds?.values[index] ?? null;
    const before = this.trainingSeconds;
    this.trainingSeconds = before === null || seconds === null ? null : before + seconds;
    this.trained += 1;
    const [id, macs] = [cellKey(cell), this.costs.of('macs', index) as number];
    const best = this.best;
    if (!best || accuracy > best.accuracy || (accuracy === best.accuracy && macs < best.macs)) {
      this.best = { id, accuracy, macs };
    }
    if (!this.stored.has(id)) {
      this.newCandidates.push(lookedUp(spec, table, this.costs, cell));
    }
    this.newCosts.push(...lookedUpCosts(table, cell));
    if (this.trained % Math.ceil(trainings / reports) === 0) this.report('searching');
    return accuracy;
  }

  private async handOver(): Promise<void> {
    const [candidates, costs] = [this.newCandidates, this.newCosts];
    [this.newCandidates, this.newCosts] = [[], []];
    if (candidates.length > 0) await this.ports.onCandidates(candidates);
    if (costs.length > 0) await this.ports.onCosts(costs);
  }

  private report(phase: 'searching' | 'done'): void {
    const { trainings } = this.input.spec.method.options;
    const seconds = (this.ports.nowMs() - this.startedMs) / 1000;
    const ratePerSecond = seconds > 0 ? this.trained / seconds : null;
    this.ports.onProgress({
      phase,
      step: this.trained,
      totalSteps: phase === 'done' ? this.trained : trainings,
      ratePerSecond,
      etaSeconds:
        phase === 'done' ? 0 : ratePerSecond ? (trainings - this.trained) / ratePerSecond : null,
      loss: null,
      candidates: this.trained,
      bestSoFar: this.best,
    });
  }

  private summary(ended: BenchmarkSummary['ended']): BenchmarkSummary {
    return {
      method: 'benchmark',
      candidates: this.trained,
      measurements: this.measured,
      overLimit: this.overLimit,
      smallest: this.smallest,
      trainingSeconds: this.trainingSeconds,
      seconds: { searching: (this.ports.nowMs() - this.startedMs) / 1000 },
      ended,
    };
  }
}
