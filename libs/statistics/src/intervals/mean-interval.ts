/** @file The mean of a few independent runs with its interval. */
import { requireCount, requireFinite } from '../checks';
import type { Interval } from './interval';
import { studentT } from './student-t';

/**
 * x̄ ± t_{n−1}·s/√n. Assumes independent, roughly normal values.
 * @throws {InsufficientDataError} fewer than two values: one says nothing about the spread
 * @throws {NonFiniteError} a value is not finite
 * @see Student 1908, The probable error of a mean
 */
export function meanInterval(values: ArrayLike<number>, level = 0.95): Interval {
  const n = values.length;
  requireCount('meanInterval', n, 2);
  requireFinite('meanInterval', values);
  const value = Array.from(values).reduce((sum, it) => sum + it / n, 0);
  const variance = Array.from(values).reduce((sum, it) => sum + (it - value) ** 2, 0) / (n - 1);
  const half = studentT(level, n - 1) * Math.sqrt(variance / n);
  return { value, lower: value - half, upper: value + half, level, n };
}
