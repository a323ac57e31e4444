/**
 * @file "The best architecture under these limits", when accuracy costs a training and latency a measurement: decides, step by
 * step, what to measure and what to train next.
 */
import { ConflictError, NonFiniteError, rng, ValidationError } from '@sextant/common';
import { parseAs } from '@sextant/contracts';
import { accuracyModel, type AccuracyModel } from './accuracy-model';
import { costModel, type CostModel } from './cost-model';
import {
  MissionHistory,
  MissionOptions,
  type Limits,
  type MeasuredCosts,
  type MissionOutcome,
  type MissionProblem,
  type MissionStep,
  type TrainedCandidate,
} from './mission-problem';
import { rankScores } from './rank-scores';

/** Candidates by the proxies' order among which the model may choose, and measurements between two fits of the cost model. */
const shortlist = 300;
const measurementsPerFit = 5;
/** No candidate has to be surer to fit than this to be measured. */
const sureEnough = 0.9;

export interface Mission {
  /** What to do now. Asking again gives the same until something is told. */
  next(): MissionStep;
  /** @throws {ConflictError} it was measured already, or is not a candidate */
  tellMeasured(id: string, costs: MeasuredCosts): void;
  /** @throws {ConflictError} it was trained already, or was not measured to fit */
  tellTrained(id: string, accuracy: number): void;
  /** Plain JSON, from which `openMission` goes on with the very step this one would take. */
  history(): MissionHistory;
}

export const fits = (costs: MeasuredCosts, limits: Limits): costs is Record<string, number> =>
  costs !== null && Object.entries(limits).every(([key, limit]) => (costs[key] as number) <= limit);

/** Rank scores of the proxies, then the other features, by candidate. */
function accuracyRows({ candidates }: MissionProblem): Float64Array[] {
  const count = candidates[0]?.proxies.length ?? 0;
  const scores = Array.from({ length: count }, (_, proxy) =>
    rankScores(candidates.map(({ proxies }) => proxies[proxy] as number)),
  );
  return candidates.map(({ accuracyFeatures }, at) =>
    Float64Array.from([...scores.map((score) => score[at] as number), ...accuracyFeatures]),
  );
}

function requireProblem({ candidates, limits }: MissionProblem): void {
  const ids = new Set(candidates.map(({ id }) => id));
  if (ids.size !== candidates.length) {
    throw new ValidationError(
      `${candidates.length - ids.size} candidates share an id with another`,
    );
  }
  if (Object.keys(limits).length === 0) {
    throw new ValidationError('a mission needs a limit on a measured cost');
  }
  for (const [key, limit] of Object.entries(limits)) {
    if (limit > 0 && Number.isFinite(limit)) continue;
    throw new ValidationError(`the limit of ${key} is ${limit}: expected a number above 0`);
  }
}

/**
 * 1. `firstMeasurements` at random give a ridge regression of every limited cost, with a probability to fit.
 * 2. The candidate of highest expected accuracy (proxy ranks trusted alike, corrected by Bayesian regression on what was
 *    trained) among those likely enough to fit is measured, and trained if it fits. "Likely enough" is how many trainings
 *    over how many measurements are left, so that spare measurements go to candidates near the limit.
 * 3. The answer is the trained one of highest accuracy. Nothing is answered, nor trained, that was not measured to fit.
 *
 * Pure and seeded; every step is a function of problem, options and history.
 * @throws {ValidationError} no limits, a limit that is not above 0, ids that repeat, options or history of another form
 */
export function openMission(
  problem: MissionProblem,
  rawOptions: { readonly seed: number } & Partial<MissionOptions>,
  saved: unknown = { measured: [], trained: [] },
): Mission {
  requireProblem(problem);
  return new OpenMission(
    problem,
    parseAs(MissionOptions, rawOptions, 'options of the mission'),
    parseAs(MissionHistory, saved, 'history of the mission'),
  );
}

class OpenMission implements Mission {
  private readonly position: ReadonlyMap<string, number>;
  private readonly costs = new Map<number, MeasuredCosts>();
  private readonly accuracies = new Map<number, number>();
  private readonly rows: readonly Float64Array[];
  private readonly costRows: readonly Float64Array[];
  private readonly proxyCount: number;
  /** Candidates by the proxies alone, best first. */
  private readonly proxyOrder: readonly number[];
  private readonly firstOrder: readonly number[];
  private fitted: { readonly measured: number; readonly model: CostModel } | null = null;
  private learned: { readonly trained: number; readonly model: AccuracyModel } | null = null;

  constructor(
    private readonly problem: MissionProblem,
    private readonly options: MissionOptions,
    saved: MissionHistory,
  ) {
    const { candidates } = problem;
    this.position = new Map(candidates.map(({ id }, at) => [id, at]));
    this.rows = accuracyRows(problem);
    this.costRows = candidates.map(({ costFeatures }) => Float64Array.from(costFeatures));
    this.proxyCount = candidates[0]?.proxies.length ?? 0;
    const proxiesAlone = accuracyModel([], [], this.proxyCount);
    const scores = this.rows.map((row) => proxiesAlone.mean(row));
    const all = candidates.map((_, at) => at);
    this.proxyOrder = [...all].sort(
      (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
    );
    this.firstOrder = rng(options.seed, 'mission-first').shuffle(all);
    for (const { id, costs } of saved.measured) this.tellMeasured(id, costs);
    for (const { id, accuracy } of saved.trained) this.tellTrained(id, accuracy);
  }

  next(): MissionStep {
    const at = this.nextCandidate();
    if (at === null) return { kind: 'done', outcome: this.outcome() };
    const kind = this.costs.has(at) ? 'train' : 'measure';
    return { kind, id: this.idOf(at) };
  }

  tellMeasured(id: string, costs: MeasuredCosts): void {
    const at = this.positionOf(id);
    if (this.costs.has(at)) throw new ConflictError(`${id} was measured already`);
    for (const key of Object.keys(this.problem.limits)) {
      if (costs === null || Number.isFinite(costs[key])) continue;
      throw new NonFiniteError(
        `${key} of ${id} is ${costs[key]}: expected a number, or null for all`,
      );
    }
    this.costs.set(at, costs);
  }

  tellTrained(id: string, accuracy: number): void {
    const at = this.positionOf(id);
    if (this.accuracies.has(at)) throw new ConflictError(`${id} was trained already`);
    if (!this.isKnownToFit(at)) throw new ConflictError(`${id} was not measured to fit`);
    if (!Number.isFinite(accuracy)) throw new NonFiniteError(`accuracy of ${id} is ${accuracy}`);
    this.accuracies.set(at, accuracy);
  }

  history(): MissionHistory {
    return {
      measured: [...this.costs].map(([at, costs]) => ({
        id: this.idOf(at),
        costs: costs === null ? null : { ...costs },
      })),
      trained: [...this.accuracies].map(([at, accuracy]) => ({ id: this.idOf(at), accuracy })),
    };
  }

  private readonly idOf = (at: number): string => this.problem.candidates[at]?.id as string;

  private positionOf(id: string): number {
    const at = this.position.get(id);
    if (at === undefined) throw new ConflictError(`${id} is not a candidate of this mission`);
    return at;
  }

  private isKnownToFit(at: number): boolean {
    return fits(this.costs.get(at) ?? null, this.problem.limits);
  }

  /** What to train if it has been measured, to measure otherwise; null when there is nothing left to do. */
  private nextCandidate(): number | null {
    const { trainings, measurements, firstMeasurements } = this.options;
    if (this.accuracies.size >= trainings) return null;
    const left = measurements - this.costs.size;
    if (left > 0 && this.costs.size < firstMeasurements) {
      const unmeasured = this.firstOrder.find((at) => !this.costs.has(at));
      if (unmeasured !== undefined) return unmeasured;
    }
    const open = this.proxyOrder.filter(
      (at) => !this.accuracies.has(at) && (this.costs.has(at) ? this.isKnownToFit(at) : left > 0),
    );
    return this.mostPromising(this.likelyEnough(open, left)) ?? this.likeliest(open);
  }

  private likelyEnough(open: readonly number[], left: number): number[] {
    const { fitProbability } = this.costModel();
    const wanted = (this.options.trainings - this.accuracies.size) / Math.max(left, 1);
    const least = Math.min(wanted, sureEnough);
    const likely = open.filter(
      (at) => this.costs.has(at) || (fitProbability[at] as number) >= least,
    );
    return likely.slice(0, shortlist);
  }

  private mostPromising(among: readonly number[]): number | null {
    const model = this.accuracyModel();
    const isFirst = this.accuracies.size < this.options.firstTrainings;
    const { optimism } = this.options;
    let [best, highest]: [number | null, number] = [null, -Infinity];
    for (const at of isFirst ? among.slice(0, 1) : among) {
      const row = this.rows[at] as Float64Array;
      const promise = model.mean(row) + (optimism > 0 ? optimism * model.deviation(row) : 0);
      if (promise > highest) [best, highest] = [at, promise];
    }
    return best;
  }

  /** Where nothing is likely enough: the smallest predicted cost. */
  private likeliest(open: readonly number[]): number | null {
    const { relativeCost } = this.costModel();
    return open.reduce<number | null>(
      (best, at) =>
        best === null || (relativeCost[at] as number) < (relativeCost[best] as number) ? at : best,
      null,
    );
  }

  /** Fitted on whole batches of the history, so that a resumed mission has the very same model. */
  private costModel(): CostModel {
    const { firstMeasurements } = this.options;
    const later = Math.max(this.costs.size - firstMeasurements, 0);
    const measured =
      Math.min(this.costs.size, firstMeasurements) + later - (later % measurementsPerFit);
    if (this.fitted?.measured === measured) return this.fitted.model;
    const history = [...this.costs]
      .slice(0, measured)
      .map(([at, costs]) => ({ features: this.costRows[at] as Float64Array, costs }));
    const model = costModel(history, this.costRows, this.problem.limits);
    this.fitted = { measured, model };
    return model;
  }

  private accuracyModel(): AccuracyModel {
    if (this.learned?.trained === this.accuracies.size) return this.learned.model;
    const rows = [...this.accuracies.keys()].map((at) => this.rows[at] as Float64Array);
    const model = accuracyModel(rows, [...this.accuracies.values()], this.proxyCount);
    this.learned = { trained: this.accuracies.size, model };
    return model;
  }

  private outcome(): MissionOutcome {
    const measurements = this.costs.size;
    const ranking = [...this.accuracies]
      .map(([at, accuracy]): TrainedCandidate => {
        const costs = this.costs.get(at) ?? {};
        return { id: this.idOf(at), accuracy, costs };
      })
      .sort((a, b) => b.accuracy - a.accuracy);
    const [answer] = ranking;
    if (!answer) {
      return { feasible: false, smallest: this.smallestCosts(), trainings: 0, measurements };
    }
    const { fitProbability } = this.costModel();
    const known = [...this.costs.keys()].filter((at) => this.isKnownToFit(at)).length;
    const expected = fitProbability.reduce(
      (sum, probability, at) => sum + (this.costs.has(at) ? 0 : probability),
      known,
    );
    return {
      feasible: true,
      answer,
      ranking,
      fittingMeasured: known,
      fittingExpected: Math.round(expected),
      trainings: ranking.length,
      measurements,
    };
  }

  private smallestCosts(): Record<string, number> {
    const ran = [...this.costs.values()].filter((costs) => costs !== null);
    return Object.fromEntries(
      Object.keys(this.problem.limits).flatMap((key) =>
        ran.length === 0 ? [] : [[key, Math.min(...ran.map((costs) => costs[key] as number))]],
      ),
    );
  }
}
