/** @file How alone a point is in its front. */
import { requirePoints, type Point } from './points';

/**
 * Σ over objectives of (f[i+1] − f[i−1]) / (f_max − f_min), neighbours in that objective's order within the front; ends
 * are ∞; an objective that does not vary adds 0. Points of one front → one number each.
 * @throws {ShapeError} points of different length
 * @throws {NonFiniteError} a NaN
 * @see Deb et al. 2002, NSGA-II, doi:10.1109/4235.996017 §III-B
 */
export function crowdingDistance(front: readonly Point[]): number[] {
  requirePoints(front);
  const distance = front.map(() => 0);
  const objectives = front[0]?.length ?? 0;
  for (let objective = 0; objective < objectives; objective++) {
    const value = (at: number): number => front[at]?.[objective] as number;
    const order = front.map((_, at) => at).sort((a, b) => value(a) - value(b) || a - b);
    const [first, last] = [order[0] as number, order.at(-1) as number];
    const range = value(last) - value(first);
    if (!(range > 0)) continue;
    distance[first] = Infinity;
    distance[last] = Infinity;
    for (let at = 1; at < order.length - 1; at++) {
      const gap = value(order[at + 1] as number) - value(order[at - 1] as number);
      distance[order[at] as number]! += gap / range;
    }
  }
  return distance;
}
