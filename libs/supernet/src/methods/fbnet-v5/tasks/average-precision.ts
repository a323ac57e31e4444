/** @file How well predicted boxes match true ones. */
import { intersectionOverUnion, type Box, type ScoredBox } from './boxes';

interface Guess extends ScoredBox {
  readonly image: number;
}

/** Guesses in order of confidence: does each match a true box that no surer one has taken? */
function hits(guesses: readonly Guess[], truths: readonly (readonly Box[])[], least: number) {
  const taken = truths.map(() => new Set<Box>());
  return guesses.map(({ box, image }) => {
    let best: Box | null = null;
    let overlap = least;
    for (const truth of truths[image] ?? []) {
      const iou = intersectionOverUnion(box, truth);
      if (iou < overlap) continue;
      [best, overlap] = [truth, iou];
    }
    if (!best || taken[image]?.has(best)) return false;
    taken[image]?.add(best);
    return true;
  });
}

/**
 * Area under precision over recall of one class, precision made monotonous from the right, every point counted. A guess is
 * right where it overlaps the true box that it overlaps most by at least `least`, and no surer guess has that box.
 * @returns in [0, 1]; null where there is no true box
 * @see Everingham et al. 2015, The PASCAL Visual Object Classes Challenge: A Retrospective, §4
 */
export function averagePrecision(
  predictions: readonly (readonly ScoredBox[])[],
  truths: readonly (readonly Box[])[],
  least: number,
): number | null {
  const total = truths.reduce((sum, boxes) => sum + boxes.length, 0);
  if (total === 0) return null;
  const guesses = predictions
    .flatMap((boxes, image) => boxes.map((scored) => ({ ...scored, image })))
    .sort((a, b) => b.confidence - a.confidence);
  let right = 0;
  const points = hits(guesses, truths, least).map((isHit, at) => {
    right += Number(isHit);
    return { isHit, precision: right / (at + 1) };
  });
  let best = 0;
  let area = 0;
  for (const { isHit, precision } of points.reverse()) {
    best = Math.max(best, precision);
    if (isHit) area += best / total;
  }
  return area;
}

/** Mean of `averagePrecision` over the classes that have a true box; 0 where none has. In [0, 1]. */
export function meanAveragePrecision(
  predictions: readonly (readonly ScoredBox[])[],
  truths: readonly (readonly Box[])[],
  classes: number,
  least = 0.5,
): number {
  const perClass = Array.from({ length: classes }, (_, of) =>
    averagePrecision(
      predictions.map((boxes) => boxes.filter(({ box }) => box[0] === of)),
      truths.map((boxes) => boxes.filter((box) => box[0] === of)),
      least,
    ),
  ).filter((value) => value !== null);
  return perClass.length === 0 ? 0 : perClass.reduce((a, b) => a + b) / perClass.length;
}
