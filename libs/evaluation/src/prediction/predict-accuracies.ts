/** @file A predictor fitted on a user's labels, and what it says of every scored architecture. */
import { InsufficientDataError, rng } from '@sextant/common';
import type { CreatePredictor, Prediction, PredictorResult } from '@sextant/contracts';
import {
  fitPredictor,
  type ArchitectureFeatures,
  type FitOptions,
  type Predictor,
  type PredictorName,
} from '@sextant/proxies';
import { conformalQuantile, foldsOf, ranks } from '@sextant/statistics';
import { scorableSpace } from '../zero-cost/scorable-space';
import { orderAsAccuracy } from './order-as-accuracy';
import { allFeatures, type ScoredTable } from './scored-table';

export interface PredictedAccuracies {
  readonly predictions: readonly Prediction[];
  readonly result: Omit<PredictorResult, 'seconds'>;
}

/** Share of held-out labels that the intervals are to contain. */
const level = 0.9;
const foldCount = 5;
/** Fewer labels make no interval of that level. */
const leastForFolds = 10;

/** Their scores are a mere order. */
const orders: readonly PredictorName[] = ['rank-mean', 'params', 'macs'];

interface Labelled {
  /** Places in the table. */
  readonly at: readonly number[];
  readonly labels: Float64Array;
}

/**
 * Fits on the `train` labels and predicts all. `heldOut` is what fits without a label say of its architecture; the intervals
 * are the prediction ± the conformal quantile of those errors, cut to [0, 1].
 * @throws {InsufficientDataError} no scored architecture has a label
 */
export async function predictAccuracies(
  table: ScoredTable,
  { name, seed }: CreatePredictor,
  options: Omit<FitOptions, 'seed'>,
): Promise<PredictedAccuracies> {
  const features = allFeatures(table, scorableSpace(table.spec.space));
  const labelled = labelledOf(table);
  const fit: Fit = (at, labels, of) =>
    fitPredictor({ name: of, features: at.map((i) => features[i]!), labels, seed, ...options });

  const { predictor, report } = await fit(labelled.at, labelled.labels, name);
  const isOrder = orders.includes(report.picked);
  const values = isOrder
    ? await valuesOfOrder(predictor, features, labelled)
    : (await predictor.predict(features)).scores;
  const heldOut = isOrder
    ? heldOutOfOrder(await placesOf(predictor, features), labelled, seed)
    : await heldOutOfFits(features, labelled, seed, async (at, labels) => {
        const fitted = await fit(at, labels, report.picked);
        return fitted.predictor;
      });
  const half = heldOut && halfWidth(heldOut, labelled);
  return {
    predictions: predictionsOf(table, values, half, heldOut, labelled),
    result: {
      picked: report.picked,
      why: report.why,
      compared: report.compared.map(({ name: compared, tau, problem }) => ({
        name: compared,
        tau: tau && { value: tau.value, lower: tau.lower, upper: tau.upper },
        problem,
      })),
      labels: labelled.at.length,
      intervalLevel: half === null ? null : level,
      predicted: table.rows.length,
    },
  };
}

type Fit = (
  at: readonly number[],
  labels: Float64Array,
  name: CreatePredictor['name'],
) => ReturnType<typeof fitPredictor>;

function labelledOf({ rows, train }: ScoredTable): Labelled {
  const places = new Map(rows.map(({ id }, at) => [id, at]));
  const known = train.filter(({ id }) => places.has(id));
  if (known.length === 0) {
    throw new InsufficientDataError('none of the scored architectures has a label to learn from');
  }
  return {
    at: known.map(({ id }) => places.get(id) as number),
    labels: Float64Array.from(known, ({ accuracy }) => accuracy),
  };
}

/** In the order of all that are scored, 0 to 1. */
async function placesOf(
  predictor: Predictor,
  features: readonly ArchitectureFeatures[],
): Promise<Float64Array> {
  const { scores } = await predictor.predict(features);
  return ranks(scores).map((rank) => (rank - 1) / Math.max(1, features.length - 1));
}

async function valuesOfOrder(
  predictor: Predictor,
  features: readonly ArchitectureFeatures[],
  { at, labels }: Labelled,
): Promise<Float64Array> {
  const places = await placesOf(predictor, features);
  const accuracyAt = orderAsAccuracy(
    at.map((i) => places[i]!),
    labels,
  );
  return places.map(accuracyAt);
}

const folds = ({ at }: Labelled, seed: number): number[][] =>
  foldsOf(at.length, foldCount, rng(seed, 'held-out predictions'));

/** The order needs no labels; how it becomes an accuracy does. */
function heldOutOfOrder(
  places: Float64Array,
  labelled: Labelled,
  seed: number,
): Float64Array | null {
  const { at, labels } = labelled;
  if (at.length < leastForFolds) return null;
  const heldOut = new Float64Array(at.length);
  for (const fold of folds(labelled, seed)) {
    const kept = without(at.length, fold);
    const accuracyAt = orderAsAccuracy(
      kept.map((i) => places[at[i]!]!),
      kept.map((i) => labels[i]!),
    );
    for (const i of fold) heldOut[i] = accuracyAt(places[at[i]!]!);
  }
  return heldOut;
}

async function heldOutOfFits(
  features: readonly ArchitectureFeatures[],
  labelled: Labelled,
  seed: number,
  fit: (at: readonly number[], labels: Float64Array) => Promise<Predictor>,
): Promise<Float64Array | null> {
  const { at, labels } = labelled;
  if (at.length < leastForFolds) return null;
  const heldOut = new Float64Array(at.length);
  for (const fold of folds(labelled, seed)) {
    const kept = without(at.length, fold);
    const predictor = await fit(
      kept.map((i) => at[i]!),
      Float64Array.from(kept, (i) => labels[i]!),
    );
    const { scores } = await predictor.predict(fold.map((i) => features[at[i]!]!));
    fold.forEach((i, place) => (heldOut[i] = scores[place]!));
  }
  return heldOut;
}

function without(count: number, fold: readonly number[]): number[] {
  const outside = new Set(fold);
  return Array.from({ length: count }, (_, i) => i).filter((i) => !outside.has(i));
}

/** Null where the labels are too few for the level. */
function halfWidth(heldOut: Float64Array, { labels }: Labelled): number | null {
  const errors = heldOut.map((value, i) => Math.abs(value - labels[i]!));
  const half = conformalQuantile(errors, level);
  return Number.isFinite(half) ? half : null;
}

const asFraction = (value: number): number => Math.min(1, Math.max(0, value));

function predictionsOf(
  { rows }: ScoredTable,
  values: Float64Array,
  half: number | null,
  heldOut: Float64Array | null,
  { at }: Labelled,
): Prediction[] {
  const heldOutAt = new Map(at.map((place, i) => [place, heldOut?.[i] ?? null]));
  return rows.map(({ id }, place) => {
    const value = values[place]!;
    return {
      id,
      value: asFraction(value),
      lower: half === null ? null : asFraction(value - half),
      upper: half === null ? null : asFraction(value + half),
      heldOut: heldOutAt.get(place) ?? null,
    };
  });
}
