/** @file Points split into fronts, each dominated only by those before. */
import { compareLexicographically, dominates, requirePoints, type Point } from './points';

/**
 * Is a point that comes lexicographically after all of `front` dominated by one of them? With two objectives the last
 * member has the smallest second one, so it decides alone.
 */
function isDominatedBy(front: readonly number[], points: readonly Point[], at: number): boolean {
  const point = points[at] as Point;
  if (point.length === 2) return dominates(points[front.at(-1) as number] as Point, point);
  for (let member = front.length - 1; member >= 0; member--) {
    if (dominates(points[front[member] as number] as Point, point)) return true;
  }
  return false;
}

/**
 * Indices of the points by front, best first; within a front in the order of the input. Equal points share a front.
 * Two objectives: O(n log n). More: O(m n²) at worst, by bisection over the fronts.
 * @throws {ShapeError} points of different length
 * @throws {NonFiniteError} a NaN
 * @see Zhang et al. 2015, An Efficient Approach to Nondominated Sorting, doi:10.1109/TEVC.2014.2308305 — ENS-BS
 */
export function nonDominatedSort(points: readonly Point[]): number[][] {
  requirePoints(points);
  const order = points
    .map((_, at) => at)
    .sort((a, b) => compareLexicographically(points[a] as Point, points[b] as Point) || a - b);
  const fronts: number[][] = [];
  for (const at of order) {
    let [low, high] = [0, fronts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isDominatedBy(fronts[middle] as number[], points, at)) low = middle + 1;
      else high = middle;
    }
    const front = fronts[low];
    if (front) front.push(at);
    else fronts.push([at]);
  }
  return fronts.map((front) => front.sort((a, b) => a - b));
}
