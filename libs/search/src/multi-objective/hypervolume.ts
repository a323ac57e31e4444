/** @file How much of objective space a set of points dominates: one number for a front. */
import { requirePoints, weaklyDominates, type Point } from './points';

/** Area between a staircase of points and the corner (x1, y1). */
function area2(points: readonly Point[], [x1, y1]: readonly [number, number]): number {
  const sorted = [...points].sort(
    (a, b) => (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number),
  );
  let [sum, ceiling] = [0, y1];
  for (const [x, y] of sorted as [number, number][]) {
    if (y >= ceiling) continue;
    sum += (x1 - x) * (ceiling - y);
    ceiling = y;
  }
  return sum;
}

/** Slabs along the last of three objectives; each slab's cross-section is the staircase of the points so far. */
function volume3(points: readonly Point[], reference: Point): number {
  const height = (point: Point): number => point[2] as number;
  const sorted = [...points].sort((a, b) => height(a) - height(b));
  const corner = [reference[0] as number, reference[1] as number] as const;
  let stair: Point[] = [];
  let [sum, area] = [0, 0];
  sorted.forEach((point, at) => {
    const base = point.slice(0, 2);
    if (!stair.some((member) => weaklyDominates(member, base))) {
      stair = [...stair.filter((member) => !weaklyDominates(base, member)), base];
      area = area2(stair, corner);
    }
    sum += area * (height(sorted[at + 1] ?? reference) - height(point));
  });
  return sum;
}

/** Those of `points` that no other dominates, once each. */
function withoutDominated(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    if (kept.some((it) => weaklyDominates(it, point))) continue;
    for (let at = kept.length - 1; at >= 0; at--) {
      if (weaklyDominates(point, kept[at] as Point)) kept.splice(at, 1);
    }
    kept.push(point);
  }
  return kept;
}

/** Volume only the first point dominates, summed over the points in turn (WFG). */
function volumeN(points: readonly Point[], reference: Point): number {
  if (reference.length === 3) return volume3(points, reference);
  return points.reduce((sum, point, at) => {
    const own = point.reduce(
      (product, value, k) => product * ((reference[k] as number) - value),
      1,
    );
    const limited = points
      .slice(at + 1)
      .map((other) => other.map((value, k) => Math.max(value, point[k] as number)));
    return sum + own - volumeN(withoutDominated(limited), reference);
  }, 0);
}

/**
 * Volume of {z : some point ≤ z ≤ reference}, all objectives minimised. Points that are not better than the reference
 * in every objective add nothing. Exact for any number of objectives: O(n log n) for two, O(n²) to O(n² log n) for
 * three, exponential in the number of objectives beyond.
 * @throws {ShapeError} a point and the reference differ in length
 * @throws {NonFiniteError} a NaN
 * @see While et al. 2012, A Fast Way of Calculating Exact Hypervolumes, doi:10.1109/TEVC.2010.2077298
 */
export function hypervolume(points: readonly Point[], reference: Point): number {
  requirePoints([reference, ...points]);
  const inside = points.filter((point) =>
    point.every((value, at) => value < (reference[at] as number)),
  );
  if (reference.length === 1) {
    return inside.reduce(
      (most, [x]) => Math.max(most, (reference[0] as number) - (x as number)),
      0,
    );
  }
  if (reference.length === 2) return area2(inside, reference as readonly [number, number]);
  return volumeN(withoutDominated(inside), reference);
}
