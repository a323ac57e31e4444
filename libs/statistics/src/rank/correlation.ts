/** @file Pearson's and Spearman's correlation. */
import { requireCount, requireFinite, requireSameLength } from '../checks';
import { ranks } from './ranks';

/**
 * r = Σ(x − x̄)(y − ȳ) / √(Σ(x − x̄)² Σ(y − ȳ)²), in [−1, 1]. NaN where x or y is constant.
 * @throws {ShapeError} x and y differ in length
 * @throws {InsufficientDataError} fewer than two pairs
 * @throws {NonFiniteError} a value is not finite
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireSameLength('pearson', x.length, y.length);
  requireCount('pearson', x.length, 2);
  requireFinite('pearson', x);
  requireFinite('pearson', y);
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}

/**
 * Pearson's correlation of the ranks, ties at their mean rank. In [−1, 1]; NaN where x or y is constant.
 * @throws {ShapeError} x and y differ in length
 * @throws {InsufficientDataError} fewer than two pairs
 * @throws {NonFiniteError} a value is NaN; infinities are ranked
 * @see Spearman 1904, The proof and measurement of association between two things
 */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  pearson(ranks(x), ranks(y));

/** Exactly the value where all values are equal, so that a constant has spread 0 and not a rounding error. */
function mean(values: ArrayLike<number>): number {
  const [first] = [values[0]!];
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - first;
  return first + sum / values.length;
}
