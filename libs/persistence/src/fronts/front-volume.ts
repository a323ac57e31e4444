/** @file One number for a front: the part of the box between the ideal and a reference point that it dominates. */
import { hypervolume } from '@sextant/search';
import type { OrderingKey } from '../query/orderings';
import { isRanking } from '../query/orderings';
import type { Member } from './pareto-members';

/** Of a score, which counts from −1 (all right) to 0; of a cost, which counts from 0 to its reference. */
const originOf = (objective: OrderingKey): number => (isRanking(objective) ? -1 : 0);

/**
 * A point that nothing worth having is beyond: score 0, and twice the largest of each cost so far. It is chosen once,
 * or volumes of different times could not be compared.
 */
export const referenceFor = (
  objectives: readonly OrderingKey[],
  points: readonly (readonly number[])[],
): number[] =>
  objectives.map((objective, at) =>
    isRanking(objective)
      ? 0
      : 2 * points.reduce((largest, point) => Math.max(largest, point[at] as number), 0),
  );

/** In 0..1: the dominated part of the box from (accuracy 1, costs 0) to the reference. 0 where the box is empty. */
export function volumeOf(
  objectives: readonly OrderingKey[],
  members: readonly Member[],
  reference: readonly number[],
): number {
  const box = reference.reduce(
    (product, value, at) => product * (value - originOf(objectives[at] as OrderingKey)),
    1,
  );
  if (box <= 0) return 0;
  return (
    hypervolume(
      members.map(({ point }) => point),
      reference,
    ) / box
  );
}
