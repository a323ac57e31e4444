/** @file An interval for any statistic of pairs: a rank correlation without one is half a result. */
import { InsufficientDataError, type Rng } from '@sextant/common';
import { requireCount, requireSameLength } from '../checks';
import type { Interval } from './interval';
import { quantile } from './quantile';

export interface Pairs {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface BootstrapOptions {
  readonly rng: Rng;
  /** @default 1000 */
  readonly resamples?: number;
  /** @default 0.95 */
  readonly level?: number;
}

export interface BootstrapInterval extends Interval {
  readonly resamples: number;
}

/**
 * Percentile bootstrap: the statistic of `resamples` draws of n pairs with replacement; the (1 ∓ level)/2 quantiles.
 *
 * Resamples where the statistic is NaN (a constant x or y) are drawn again, 100 times `resamples` at most.
 * The same rng state gives the same interval.
 * @throws {InsufficientDataError} fewer than two pairs, or the statistic is NaN on nearly every resample
 * @see Efron & Tibshirani 1993, An introduction to the bootstrap, chapter 13
 */
export function bootstrapInterval(
  statistic: (x: Float64Array, y: Float64Array) => number,
  { x, y }: Pairs,
  { rng, resamples = 1000, level = 0.95 }: BootstrapOptions,
): BootstrapInterval {
  const n = x.length;
  requireSameLength('bootstrapInterval', n, y.length);
  requireCount('bootstrapInterval', n, 2);
  requireCount('bootstrapInterval: resamples', resamples, 2);
  const value = statistic(Float64Array.from(x), Float64Array.from(y));
  const draws = new Float64Array(resamples);
  const [drawnX, drawnY] = [new Float64Array(n), new Float64Array(n)];
  for (let done = 0, tries = 0; done < resamples; tries++) {
    if (tries === 100 * resamples)
      throw new InsufficientDataError(
        `the statistic is undefined on nearly every resample of ${n} pairs`,
      );
    for (let i = 0; i < n; i++) {
      const pick = rng.int(n);
      drawnX[i] = x[pick]!;
      drawnY[i] = y[pick]!;
    }
    const draw = statistic(drawnX, drawnY);
    if (!Number.isNaN(draw)) draws[done++] = draw;
  }
  return {
    value,
    lower: quantile(draws, (1 - level) / 2),
    upper: quantile(draws, (1 + level) / 2),
    level,
    n,
    resamples,
  };
}
