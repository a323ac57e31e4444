/** @file A cost model fitted to measurements of one device, with intervals, its cross-validated error, and itself as JSON. */
import { InsufficientDataError, InvalidMeasurementError, rng } from '@sextant/common';
import {
  conformalQuantile,
  crossValidate,
  foldsOf,
  regressorFrom,
  requireWidth,
  type RegressorState,
  type Rows,
} from '@sextant/statistics';
import { costError, type CostError, type CostPrediction } from './cost-error';
import type { CostModel, TransferKnowledge } from './cost-model';
import { costModels, type CostModelName } from './cost-models';
import { columnCount, selectColumns, type FeatureLayout } from './feature-layout';

/** Measured architectures: latency, energy or memory, of one device under one set of conditions. */
export interface Measurements {
  readonly layout: FeatureLayout;
  readonly rows: Rows;
  /** Above 0, in one unit. */
  readonly costs: ArrayLike<number>;
}

export interface FitCostModelOptions {
  /** Needed by `transfer`. */
  readonly knowledge?: TransferKnowledge;
  /** Of the intervals. @default 0.9 */
  readonly level?: number;
  /** Of the folds. @default 0 */
  readonly seed?: number;
}

/** JSON. */
export interface CostModelState {
  readonly version: 1;
  readonly model: CostModelName;
  readonly layout: FeatureLayout;
  readonly regressor: RegressorState;
  readonly level: number;
  /** Of the intervals, on the scale of the fit. */
  readonly halfWidth: number;
  readonly crossValidatedError: CostError;
}

export interface FittedCostModel {
  readonly name: CostModelName;
  /** Of predictions for measurements that were held out: fit for showing before the model is used. */
  readonly crossValidatedError: CostError;
  /** @throws {ShapeError} rows of another layout */
  predict(rows: Rows): CostPrediction[];
  toJSON(): CostModelState;
}

/** Below this an interval of level 0.9 would be infinite. */
export const leastMeasurements = 10;
const foldCount = 10;

/**
 * Fits `name` to all measurements and, leaving out a tenth at a time (one at a time below 20 measurements), to the rest.
 *
 * Interval of level 1 − α: ŷ ± the conformal quantile of |y − ŷ| over the measurements left out; on the logarithm for models of
 * that scale, so a factor. Deterministic.
 * Differs: centred on the model of all measurements instead of on each fold's (CV+), so that one model is stored; coverage is
 * measured in docs/latency-models.md.
 * @throws {InsufficientDataError} fewer than 10 measurements, or too few for the level
 * @throws {InvalidMeasurementError} a cost that is not above 0, or features the model cannot use
 * @see Barber et al. 2021, Predictive inference with the jackknife+, arXiv:1905.02928
 */
export function fitCostModel(
  name: CostModelName,
  measurements: Measurements,
  options: FitCostModelOptions = {},
): FittedCostModel {
  const { level = 0.9, seed = 0 } = options;
  const model: CostModel = costModels[name];
  requireMeasurements(name, measurements, options.knowledge);
  const { columns, layout } = selectColumns(measurements.layout, (it) => model.reads(it));
  const rows = pick(measurements.rows, columns);
  const targets = Float64Array.from(measurements.costs, onto(model));
  const context = { layout, knowledge: options.knowledge };
  const whole = model.fit(rows, targets, context);
  const held = crossValidate(
    (x, y) => model.fit(x, y, { ...context, like: whole }),
    rows,
    targets,
    foldsFor(rows.length, seed),
  );
  const residuals = held.map((it, i) => Math.abs(it - targets[i]!));
  const halfWidth = conformalQuantile(residuals, level);
  if (!Number.isFinite(halfWidth))
    throw new InsufficientDataError(
      `${rows.length} measurements are too few for intervals of level ${level}`,
    );
  return costModelFrom({
    version: 1,
    model: name,
    layout: measurements.layout,
    regressor: whole.toJSON(),
    level,
    halfWidth,
    crossValidatedError: costError(
      Array.from(held, (it, i) => prediction(model, it, halfWidthWithout(residuals, i, level))),
      measurements.costs,
    ),
  });
}

/** The model whose toJSON() gave `state`: the same predictions. */
export function costModelFrom(state: CostModelState): FittedCostModel {
  const model: CostModel = costModels[state.model];
  const { columns } = selectColumns(state.layout, (it) => model.reads(it));
  const regressor = regressorFrom(state.regressor);
  const width = columnCount(state.layout);
  return {
    name: state.model,
    crossValidatedError: state.crossValidatedError,
    predict(rows) {
      requireWidth(state.model, rows, width);
      return Array.from(regressor.predict(pick(rows, columns)), (it) =>
        prediction(model, it, state.halfWidth),
      );
    },
    toJSON: () => state,
  };
}

const onto = ({ scale }: CostModel): ((cost: number) => number) =>
  scale === 'log' ? Math.log : (cost) => cost;

function prediction({ scale }: CostModel, centre: number, halfWidth: number): CostPrediction {
  const back = (it: number): number => (scale === 'log' ? Math.exp(it) : Math.max(it, 0));
  return { value: back(centre), lower: back(centre - halfWidth), upper: back(centre + halfWidth) };
}

const foldsFor = (n: number, seed: number): number[][] =>
  foldsOf(n, n < 2 * foldCount ? n : foldCount, rng(seed, 'cost-model-folds'));

/** A measurement's own residual must not widen the interval it is held against. */
function halfWidthWithout(residuals: Float64Array, at: number, level: number): number {
  const others = residuals.filter((_, i) => i !== at);
  return Math.min(conformalQuantile(others, level), Math.max(...others));
}

const pick = (rows: Rows, columns: readonly number[]): Float64Array[] =>
  rows.map((row) => Float64Array.from(columns, (column) => row[column]!));

function requireMeasurements(
  name: CostModelName,
  { layout, rows, costs }: Measurements,
  knowledge: TransferKnowledge | undefined,
): void {
  if (rows.length < leastMeasurements)
    throw new InsufficientDataError(
      `a cost model needs at least ${leastMeasurements} measurements, not ${rows.length}: measure more architectures`,
    );
  Array.from(costs).forEach((cost, i) => {
    if (!(cost > 0 && Number.isFinite(cost)))
      throw new InvalidMeasurementError(
        `measurement ${i} is ${cost}: a cost is a number above 0; leave out what did not run`,
      );
  });
  const refused = costModels[name].refuses({ layout, knowledge });
  if (refused) throw new InvalidMeasurementError(`${name} cannot be fitted: ${refused}`);
}
