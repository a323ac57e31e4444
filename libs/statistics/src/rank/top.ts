/** @file How well a score ranks where it matters: among the best. */
import { InsufficientDataError } from '@sextant/common';
import { requireOrdered, requireSameLength } from '../checks';
import { kendallTauB } from './kendall-tau';
import { ranks } from './ranks';

/** How many of n are the best `fraction`: rounded, at least one. */
export function topCount(n: number, fraction: number): number {
  if (!(fraction > 0 && fraction <= 1))
    throw new InsufficientDataError(`a top fraction lies in (0, 1], not ${fraction}`);
  return Math.max(1, Math.round(fraction * n));
}

/**
 * Kendall τ-b between score and truth among the truly best `fraction` (round(fraction·n) items, and whatever ties with the
 * last of them). A higher score means better. Sign kept: below 0 the score misleads exactly where the choice is made.
 * @throws {InsufficientDataError} the best are fewer than two, or fraction is outside (0, 1]
 */
export function tauInTop(
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  fraction: number,
): number {
  requireSameLength('tauInTop', scores.length, truth.length);
  requireOrdered('tauInTop', truth);
  const least = Float64Array.from(truth).sort().at(-topCount(truth.length, fraction))!;
  const best = Array.from(truth, (_, i) => i).filter((i) => truth[i]! >= least);
  return kendallTauB(
    best.map((i) => scores[i]!),
    best.map((i) => truth[i]!),
  );
}

/**
 * Precision at k: the share of the k best by score that are among the k best by truth. In [0, 1]; a random order gets k/n.
 *
 * Where values tie across the k-th place, each tied item counts by the chance that a random order of the tied keeps it
 * (independently for score and truth), so the result does not depend on the order of the items.
 * @throws {InsufficientDataError} k is not in 1..n
 */
export function precisionAt(
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  k: number,
): number {
  requireSameLength('precisionAt', scores.length, truth.length);
  if (!Number.isInteger(k) || k < 1 || k > scores.length)
    throw new InsufficientDataError(`precision at ${k} of ${scores.length} items`);
  const byScore = membership(scores, k);
  const byTruth = membership(truth, k);
  return byScore.reduce((sum, chance, i) => sum + chance * byTruth[i]!, 0) / k;
}

/** precisionAt the best `fraction`, k = round(fraction·n), at least 1. */
export const precisionAtTop = (
  scores: ArrayLike<number>,
  truth: ArrayLike<number>,
  fraction: number,
): number => precisionAt(scores, truth, topCount(scores.length, fraction));

/** For each item the chance of being among the k largest when ties are broken at random. */
function membership(values: ArrayLike<number>, k: number): Float64Array {
  const descending = ranks(Float64Array.from(values, (value) => -value));
  const cut = Float64Array.from(descending).sort()[k - 1]!;
  const above = descending.reduce((count, rank) => count + Number(rank < cut), 0);
  const tied = descending.reduce((count, rank) => count + Number(rank === cut), 0);
  return descending.map((rank) => (rank < cut ? 1 : rank === cut ? (k - above) / tied : 0));
}
