/** @file What earlier tasks teach a Gaussian process before it has seen a row of the new one. */
import { ShapeError } from '@sextant/common';
import { requireCount } from '../checks';
import { evenlySpaced } from './evenly-spaced';
import {
  climb,
  crossKernel,
  logPosterior,
  noiseOf,
  ownKernel,
  priorParameters,
  similarities,
  type KernelParameters,
} from './gaussian-process-kernel';
import {
  requireTrainingData,
  scaled,
  spread,
  standardScaling,
  type Rows,
  type Scaling,
} from './rows';

/** An earlier task: its own features and targets. */
export interface EarlierTask {
  readonly x: Rows;
  readonly y: ArrayLike<number>;
  /** As for fitGaussianProcess; the number of groups is the same for all tasks, that of columns need not be. */
  readonly groups: readonly number[];
}

/** Rows of each earlier task that are used: every step of the search is O(tasks·n³). */
const rowsPerTask = 80;

/**
 * Hyper-parameters that make the earlier tasks likeliest together (empirical Bayes): mean marginal likelihood over tasks, with
 * the priors of fitGaussianProcess, by the same search. Deterministic.
 * @throws {InsufficientDataError} no task, or one of fewer than three rows
 * @throws {ShapeError} tasks differ in their number of groups, or groups do not name one group per column
 */
export function sharedKernelParameters(tasks: readonly EarlierTask[]): KernelParameters {
  requireCount('sharedKernelParameters: tasks', tasks.length, 1);
  const counts = new Set(tasks.map(({ groups }) => Math.max(...groups) + 1));
  if (counts.size > 1) throw new ShapeError(`tasks of ${[...counts].join(' and ')} column groups`);
  const prepared = tasks.map(({ x, y, groups }) => {
    const width = requireTrainingData('sharedKernelParameters', x, y, 3);
    if (groups.length !== width)
      throw new ShapeError(`${groups.length} column groups for ${width} columns`);
    const rows = scaled(x, standardScaling(x));
    const { mean, deviation } = spread(Float64Array.from(y));
    const picks = evenlySpaced(rows.length, rowsPerTask);
    return {
      known: similarities(
        picks.map((i) => rows[i]!),
        groups,
      ),
      y: picks.map((i) => (deviation > 0 ? (y[i]! - mean) / deviation : 0)),
    };
  });
  return climb(
    (parameters) => logPosterior(prepared, parameters),
    priorParameters([...counts][0]!),
  );
}

export interface DesignOptions {
  readonly groups: readonly number[];
  readonly scaling?: Scaling;
  /** @default those the search of fitGaussianProcess starts from */
  readonly parameters?: KernelParameters;
}

/**
 * Which `count` of the rows to observe: greedily the one whose value is least known after those before it (largest posterior
 * variance). Depends on the features alone. O(rows·count²). Deterministic; ties go to the earlier row.
 * @throws {InsufficientDataError} there are fewer than `count` rows
 * @see Krause, Singh & Guestrin 2008, Near-optimal sensor placements in Gaussian processes — the variance criterion
 */
export function mostInformative(
  x: Rows,
  count: number,
  { groups, scaling = standardScaling(x), parameters }: DesignOptions,
): number[] {
  requireCount('mostInformative', x.length, count);
  const settled = parameters ?? priorParameters(Math.max(...groups) + 1);
  const noise = noiseOf(settled);
  const rows = scaled(x, scaling);
  const variance = Float64Array.from(rows, (row) => ownKernel(row, groups, settled));
  const kernelOf = crossKernel(rows, groups, settled);
  const factors: Float64Array[] = [];
  const picked: number[] = [];
  while (picked.length < count) {
    const best = variance.indexOf(variance.reduce((most, it) => Math.max(most, it), -Infinity));
    const kernel = kernelOf(rows[best]!);
    const scale = Math.sqrt(variance[best]! + noise);
    const factor = kernel.map(
      (it, i) => (it - factors.reduce((sum, f) => sum + f[i]! * f[best]!, 0)) / scale,
    );
    factor.forEach((it, i) => (variance[i]! -= it * it));
    variance[best] = -Infinity;
    factors.push(factor);
    picked.push(best);
  }
  return picked;
}
