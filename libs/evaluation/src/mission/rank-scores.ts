/** @file Proxies on one scale: their values say little, their order says much. */
import { ranks } from '@sextant/statistics';

/**
 * Rank/n of each value among all, ties averaged: 0..1, larger is better. NaN counts as smaller than any number.
 * Shapes: n values → n.
 */
export const rankScores = (values: readonly number[]): Float64Array =>
  ranks(values.map((value) => (Number.isNaN(value) ? -Infinity : value))).map(
    (rank) => rank / values.length,
  );
