/** @file Quantiles of a sample. */
import { InsufficientDataError } from '@sextant/common';
import { requireCount, requireOrdered } from '../checks';

/**
 * The p-quantile, linear between order statistics: position (n − 1)·p (type 7, NumPy's default).
 * @throws {InsufficientDataError} no values, or p outside [0, 1]
 * @throws {NonFiniteError} a value is NaN
 * @see Hyndman & Fan 1996, Sample quantiles in statistical packages, definition 7
 */
export function quantile(values: ArrayLike<number>, p: number): number {
  requireCount('quantile', values.length, 1);
  requireOrdered('quantile', values);
  if (!(p >= 0 && p <= 1)) throw new InsufficientDataError(`a quantile of ${p} is not in [0, 1]`);
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * p;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

/** The 0.5-quantile. */
export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);
