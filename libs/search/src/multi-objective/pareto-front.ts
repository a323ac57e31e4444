/** @file A front kept up to date as points come in, and its hypervolume over time. */
import { hypervolume } from './hypervolume';
import { requirePoints, weaklyDominates, type Point } from './points';

export interface FrontMember<T> {
  readonly point: Point;
  readonly item: T;
}

export interface FrontUpdate<T> {
  readonly front: readonly FrontMember<T>[];
  readonly inserted: boolean;
  /** Members that the newcomer dominates. */
  readonly removed: readonly FrontMember<T>[];
}

/**
 * The front with a newcomer, unless a member is at least as good in every objective: of equal points the first stays.
 * @throws {ShapeError} the newcomer has another number of objectives
 * @throws {NonFiniteError} a NaN
 */
export function insertIntoFront<T>(
  front: readonly FrontMember<T>[],
  newcomer: FrontMember<T>,
): FrontUpdate<T> {
  requirePoints([newcomer.point], front[0]?.point.length);
  if (front.some(({ point }) => weaklyDominates(point, newcomer.point))) {
    return { front, inserted: false, removed: [] };
  }
  const removed = front.filter(({ point }) => weaklyDominates(newcomer.point, point));
  const kept = front.filter(({ point }) => !weaklyDominates(newcomer.point, point));
  return { front: [...kept, newcomer], inserted: true, removed };
}

/** Indices of the points that none is at least as good as in every objective; of equal points the first. */
export function paretoFront(points: readonly Point[]): number[] {
  requirePoints(points);
  const front = points.reduce<readonly FrontMember<number>[]>(
    (members, point, item) => insertIntoFront(members, { point, item }).front,
    [],
  );
  return front.map(({ item }) => item).sort((a, b) => a - b);
}

/**
 * Hypervolume after each point, in the order in which they came; never falls.
 * @throws {ShapeError} a point and the reference differ in length
 * @throws {NonFiniteError} a NaN
 */
export function hypervolumeHistory(points: readonly Point[], reference: Point): number[] {
  let front: readonly FrontMember<null>[] = [];
  let volume = 0;
  return points.map((point) => {
    const update = insertIntoFront(front, { point, item: null });
    front = update.front;
    if (update.inserted) {
      const members = front.map((member) => member.point);
      volume = Math.max(volume, hypervolume(members, reference));
    }
    return volume;
  });
}
