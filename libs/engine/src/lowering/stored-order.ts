/** @file Where the logical axes of a value lie in memory: feature maps may be stored channels first. */
import type { Emitter } from '../graph/emitter';
import type { Value } from '../graph/value';

const swapped = [1, 0, 2, 3];

/** Is this value stored with batch and channels swapped? */
const isSwapped = (emitter: Emitter, value: Value): boolean =>
  value.type.layout === 'feature' && emitter.lowering.featureOrder === 'CNHW';

/** The axis in memory of the logical axis `axis`. */
export const storedAxis = (emitter: Emitter, value: Value, axis: number): number =>
  isSwapped(emitter, value) ? (swapped[axis] as number) : axis;

/** One item per logical axis, in the order of memory. */
export const inStoredOrder = <T>(
  emitter: Emitter,
  value: Value,
  items: readonly T[],
): readonly T[] => (isSwapped(emitter, value) ? swapped.map((axis) => items[axis] as T) : items);

/** A feature map as [N,C,H,W], whatever its stored order; and the same move back. */
export const batchFirst = (emitter: Emitter, x: string): string =>
  emitter.lowering.featureOrder === 'CNHW'
    ? emitter.node('Transpose', [x], { attributes: { perm: { ints: swapped } } })
    : x;
