/** @file k-fold cross-validation: what a model is worth on rows it has not seen. */
import { InsufficientDataError, type Rng } from '@sextant/common';
import { requireSameLength } from './checks';
import type { Fit } from './regression/regressor';
import type { Rows } from './regression/rows';

/**
 * 0..n−1 in `count` disjoint parts of equal size but for one, shuffled by `rng`; each part is held out once.
 * @throws {InsufficientDataError} count is not a whole number in 2..n
 */
export function foldsOf(n: number, count: number, rng: Rng): number[][] {
  if (!Number.isInteger(count) || count < 2 || count > n)
    throw new InsufficientDataError(`${n} rows do not make ${count} folds`);
  const shuffled = rng.shuffle(Array.from({ length: n }, (_, i) => i));
  return Array.from({ length: count }, (_, fold) => shuffled.filter((_, i) => i % count === fold));
}

/** A prediction for every row by a model that did not see it. */
export function crossValidate(
  fit: Fit,
  x: Rows,
  y: ArrayLike<number>,
  folds: readonly (readonly number[])[],
): Float64Array {
  requireSameLength('crossValidate', x.length, y.length);
  const out = new Float64Array(x.length).fill(NaN);
  for (const held of folds) {
    const predicted = fitWithout(fit, x, y, held).predict(held.map((i) => x[i]!));
    held.forEach((i, at) => (out[i] = predicted[at]!));
  }
  return out;
}

/** `fit` on all rows but those held out. */
export function fitWithout(
  fit: Fit,
  x: Rows,
  y: ArrayLike<number>,
  held: readonly number[],
): ReturnType<Fit> {
  const out = new Set(held);
  const kept = x.map((_, i) => i).filter((i) => !out.has(i));
  return fit(
    kept.map((i) => x[i]!),
    kept.map((i) => y[i]!),
  );
}
