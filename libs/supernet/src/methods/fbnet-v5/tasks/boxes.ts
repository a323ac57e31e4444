/** @file Boxes in pixels, and how much two of them overlap. */

/** [class, left, top, right, bottom]; right and bottom lie just outside. */
export type Box = readonly [number, number, number, number, number];

export interface ScoredBox {
  readonly box: Box;
  /** In [0, 1]. */
  readonly confidence: number;
}

export const boxArea = ([, left, top, right, bottom]: Box): number =>
  Math.max(0, right - left) * Math.max(0, bottom - top);

/** |A ∩ B| / |A ∪ B| of the rectangles, whatever their classes; 0 where both are empty. In [0, 1]. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const height = Math.min(a[4], b[4]) - Math.max(a[2], b[2]);
  const shared = Math.max(0, width) * Math.max(0, height);
  const union = boxArea(a) + boxArea(b) - shared;
  return union === 0 ? 0 : shared / union;
}

/**
 * Boxes from the surest to the least sure, without those that overlap a surer one of their class by more than `limit`.
 * Equally sure ones stay in the order given.
 */
export function nonMaximumSuppression(boxes: readonly ScoredBox[], limit: number): ScoredBox[] {
  const kept: ScoredBox[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.confidence - a.confidence)) {
    const isCovered = kept.some(
      ({ box }) => box[0] === candidate.box[0] && intersectionOverUnion(box, candidate.box) > limit,
    );
    if (!isCovered) kept.push(candidate);
  }
  return kept;
}
