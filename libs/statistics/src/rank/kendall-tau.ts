/** @file Kendall's τ-b in O(n log n): all 15,625 cells of a benchmark are ranked in milliseconds. */
import { requireCount, requireSameLength } from '../checks';
import { denseRanks } from './ranks';

/**
 * τ_b = (P − Q) / √((n₀ − t_x)(n₀ − t_y)): concordant less discordant pairs, over pairs not tied in x and not tied in y.
 *
 * In [−1, 1], sign kept. NaN where x or y is constant: no order is there to agree with.
 * @throws {ShapeError} x and y differ in length
 * @throws {InsufficientDataError} fewer than two pairs
 * @throws {NonFiniteError} a value is NaN; infinities are ranked
 * @see Kendall 1945, The treatment of ties in ranking problems
 * @see Knight 1966, A computer method for calculating Kendall's tau with ungrouped data — discordant pairs by merge sort
 */
export function kendallTauB(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireSameLength('kendallTauB', x.length, y.length);
  requireCount('kendallTauB', x.length, 2);
  const n = x.length;
  const left = denseRanks(x);
  const right = denseRanks(y);
  // One sortable number per pair: exact while n² < 2⁵³, and a numeric sort is much faster than one with a comparator.
  const pairs = Float64Array.from({ length: n }, (_, i) => left[i]! * n + right[i]!).sort();
  const all = (n * (n - 1)) / 2;
  const tiedX = tiedPairs(left);
  const tiedY = tiedPairs(right);
  const tiedBoth = runPairs(pairs);
  const discordant = inversions(pairs.map((pair) => pair % n));
  const score = all - tiedX - tiedY + tiedBoth - 2 * discordant;
  // Clamped: the two roots may round to a hair less than their product.
  return Math.max(-1, Math.min(1, score / Math.sqrt(all - tiedX) / Math.sqrt(all - tiedY)));
}

/** Σ c(c − 1)/2 over the values' counts c. */
function tiedPairs(dense: Uint32Array): number {
  const counts = new Uint32Array(dense.length);
  for (const rank of dense) counts[rank]!++;
  return counts.reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
}

/** The same for sorted values. */
function runPairs(sorted: Float64Array): number {
  let sum = 0;
  for (let i = 1, run = 0; i < sorted.length; i++) {
    run = sorted[i] === sorted[i - 1] ? run + 1 : 0;
    sum += run;
  }
  return sum;
}

/** Pairs i < j with values[i] > values[j], by bottom-up merge sort; sorts its argument. */
function inversions(values: Float64Array): number {
  const n = values.length;
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(n);
  let count = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width)
      count += merge(from, to, start, Math.min(start + width, n), Math.min(start + 2 * width, n));
    [from, to] = [to, from];
  }
  return count;
}

function merge(
  from: Float64Array,
  to: Float64Array,
  start: number,
  middle: number,
  end: number,
): number {
  let count = 0;
  for (let out = start, i = start, j = middle; out < end; out++) {
    const takeLeft = i < middle && (j >= end || from[i]! <= from[j]!);
    if (!takeLeft) count += middle - i;
    to[out] = takeLeft ? from[i++]! : from[j++]!;
  }
  return count;
}
