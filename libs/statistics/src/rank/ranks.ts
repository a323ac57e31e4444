/** @file Ranks with ties, the ground under every rank correlation. */
import { requireOrdered } from '../checks';

/** Positions of `values` in increasing order; equal values keep their order. O(n log n). */
export function sortedOrder(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  return order.sort((a, b) => compare(values[a]!, values[b]!) || a - b);
}

/** Infinities of one sign are equal: their difference would be NaN. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Ranks 1..n in increasing order; tied values share the mean of their ranks. Infinite values rank first and last.
 * @throws {NonFiniteError} a value is NaN
 */
export function ranks(values: ArrayLike<number>): Float64Array {
  requireOrdered('ranks', values);
  const order = sortedOrder(values);
  const out = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) out[order[i]!] = (start + end + 1) / 2;
  }
  return out;
}

/** Dense ranks 0..(distinct − 1): equal values share one, none is left out. @throws {NonFiniteError} a value is NaN */
export function denseRanks(values: ArrayLike<number>): Uint32Array {
  requireOrdered('denseRanks', values);
  const order = sortedOrder(values);
  const out = new Uint32Array(values.length);
  for (let i = 1, rank = 0; i < order.length; i++) {
    if (values[order[i]!] !== values[order[i - 1]!]) rank++;
    out[order[i]!] = rank;
  }
  return out;
}
