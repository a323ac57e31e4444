/** @file A predictor by name, or the one that ranks the user's own labels best. */
import { rng, ValidationError } from '@sextant/common';
import { foldsOf, kendallTauB, meanInterval, type Interval } from '@sextant/statistics';
import { fitParzc, parzcDefaults, type ParzcOptions } from '../parzc/parzc-predictor';
import type { ArchitectureFeatures } from './architecture-features';
import { baselineFits } from './baselines';
import { requireLabels } from './columns';
import {
  predictorNames,
  type FitOptions,
  type FitPredictorOf,
  type Predictor,
  type PredictorName,
} from './predictor';

type Fits = Readonly<Record<PredictorName, FitPredictorOf>>;

const fitsWith = (parzc: ParzcOptions): Fits => ({
  parzc: (features, labels, options) => fitParzc(features, labels, options, parzc),
  ...baselineFits,
});

export interface FitPredictorInput extends FitOptions {
  readonly name: PredictorName | 'auto';
  readonly features: readonly ArchitectureFeatures[];
  /** One for each architecture; higher is better. */
  readonly labels: ArrayLike<number>;
  /** @default `parzcDefaults` */
  readonly parzc?: ParzcOptions;
}

/** One line of the comparison. */
export interface ComparedPredictor {
  readonly name: PredictorName;
  /** Mean Kendall τ-b over the held-out folds with its 95 % interval; null: not to be had from these labels. */
  readonly tau: Interval | null;
  /** Why there is no τ; null where there is one. */
  readonly problem: string | null;
}

export interface PredictorReport {
  readonly picked: PredictorName;
  /** One sentence for the user. */
  readonly why: string;
  readonly labels: number;
  readonly folds: number;
  /** Best first; empty where the predictor was named. */
  readonly compared: readonly ComparedPredictor[];
}

/** Fewer labels per fold say next to nothing about an order. */
const leastPerFold = 5;
const mostFolds = 5;

/** What needs no labels is taken where there are too few to compare. */
const withoutLabels: PredictorName = 'rank-mean';

/**
 * Fits the predictor that is named; for `auto`, each of them on four fifths of the labels in turn, and then the one of the highest mean
 * Kendall τ-b on the fifths held out. Fewer than 10 labels cannot be held out: `auto` then takes the mean rank.
 * @throws {ValidationError} there is not one finite label for each architecture
 * @throws {InsufficientDataError} the named predictor needs more labels
 */
export async function fitPredictor(
  input: FitPredictorInput,
): Promise<{ readonly predictor: Predictor; readonly report: PredictorReport }> {
  const { name, features, seed, threads, signal } = input;
  const fits = fitsWith(input.parzc ?? parzcDefaults);
  requireLabels(features, input.labels);
  if (features.length === 0) throw new ValidationError('no labelled architectures to learn from');
  const labels = Float64Array.from(input.labels);
  const options = { seed, threads, ...(signal ? { signal } : {}) };
  const report =
    name === 'auto' ? await choose(fits, features, labels, options) : named(name, labels.length);
  return { predictor: await fits[report.picked](features, labels, options), report };
}

const named = (name: PredictorName, labels: number): PredictorReport => ({
  ...{ picked: name, why: `${name} was asked for`, labels, folds: 0, compared: [] },
});

async function choose(
  fits: Fits,
  features: readonly ArchitectureFeatures[],
  labels: Float64Array,
  options: FitOptions,
): Promise<PredictorReport> {
  const count = labels.length;
  const folds = Math.min(mostFolds, Math.floor(count / leastPerFold));
  if (folds < 2) {
    const why = `${count} labels are too few to compare predictors (${2 * leastPerFold} are needed); ${withoutLabels} needs none`;
    return { picked: withoutLabels, why, labels: count, folds: 0, compared: [] };
  }
  const held = foldsOf(count, folds, rng(options.seed, 'predictor folds'));
  const results: Compared[] = [];
  for (const name of predictorNames)
    results.push(await compare(fits[name], name, features, labels, held, options));
  const ordered = results.sort(
    (a, b) => (b.line.tau?.value ?? -Infinity) - (a.line.tau?.value ?? -Infinity),
  );
  const [best] = ordered;
  const picked = best?.line.tau ? best.line.name : withoutLabels;
  return {
    picked,
    why: reason(ordered, count, folds),
    labels: count,
    folds,
    compared: ordered.map(({ line }) => line),
  };
}

interface Compared {
  readonly line: ComparedPredictor;
  readonly taus: readonly number[];
}

async function compare(
  fit: FitPredictorOf,
  name: PredictorName,
  features: readonly ArchitectureFeatures[],
  labels: Float64Array,
  held: readonly (readonly number[])[],
  options: FitOptions,
): Promise<Compared> {
  const taus: number[] = [];
  for (const fold of held) {
    options.signal?.throwIfAborted();
    const outside = new Set(fold);
    const kept = [...labels.keys()].filter((at) => !outside.has(at));
    const predictor = await fit(
      kept.map((at) => features[at]!),
      Float64Array.from(kept, (at) => labels[at]!),
      options,
    );
    const { scores } = await predictor.predict(fold.map((at) => features[at]!));
    taus.push(
      kendallTauB(
        scores,
        fold.map((at) => labels[at]!),
      ),
    );
  }
  if (taus.some(Number.isNaN)) {
    const problem = 'its scores, or the labels, of a held-out part are all equal';
    return { line: { name, tau: null, problem }, taus: [] };
  }
  return { line: { name, tau: meanInterval(taus), problem: null }, taus };
}

const shown = (tau: number): string => tau.toFixed(3);

/** Who won, by how much, and whether the folds tell the first from the second. */
function reason([best, second]: readonly Compared[], count: number, folds: number): string {
  if (!best?.line.tau)
    return `no predictor orders these ${count} labels; ${withoutLabels} needs none`;
  const { name, tau } = best.line;
  const won = `${name} has the highest cross-validated Kendall τ, ${shown(tau.value)} [${shown(tau.lower)}, ${shown(tau.upper)}] over ${folds} folds of ${count} labels`;
  if (!second?.line.tau) return won;
  const gap = meanInterval(best.taus.map((value, at) => value - second.taus[at]!));
  const next = `${second.line.name} has ${shown(second.line.tau.value)}`;
  return gap.lower > 0
    ? `${won}; ${next}, less in 95 % of such comparisons`
    : `${won}; ${next}: these labels cannot tell the two apart`;
}
