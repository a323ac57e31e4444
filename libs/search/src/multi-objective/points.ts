/** @file Objective vectors: all objectives are minimised everywhere in this folder. */
import { NonFiniteError, ShapeError } from '@sextant/common';

export type Point = readonly number[];

/**
 * @throws {ShapeError} points of different length, or of none
 * @throws {NonFiniteError} a value is NaN: it has no order
 */
export function requirePoints(points: readonly Point[], length = points[0]?.length): void {
  points.forEach((point, at) => {
    if (point.length !== length || point.length === 0) {
      throw new ShapeError(`point ${at} has ${point.length} objectives, expected ${length}`);
    }
    const nan = point.findIndex(Number.isNaN);
    if (nan !== -1) throw new NonFiniteError(`objective ${nan} of point ${at} is NaN`);
  });
}

/** At least as good everywhere. */
export const weaklyDominates = (a: Point, b: Point): boolean =>
  a.every((value, at) => value <= (b[at] as number));

/** At least as good everywhere and better somewhere. Equal points do not dominate each other. */
export const dominates = (a: Point, b: Point): boolean =>
  weaklyDominates(a, b) && a.some((value, at) => value < (b[at] as number));

/** Order by the first objective, then the second, and so on. */
export function compareLexicographically(a: Point, b: Point): number {
  for (let at = 0; at < a.length; at++) {
    const [left, right] = [a[at] as number, b[at] as number];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
