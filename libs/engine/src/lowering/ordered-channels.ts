/** @file Per-channel sums and affine maps of feature maps in a graph's own order, with standard ops. */
import type { Dim } from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import type { Value } from '../graph/value';

const dimsOf = (value: Value) => value.type.dims as readonly [Dim, Dim, Dim, Dim];

/** x viewed as [1, C, M] (or untouched when stored batch-first), for ops that want channels on axis 1. */
export function withChannelsSecond(emitter: Emitter, x: string, value: Value): string {
  if (emitter.lowering.featureOrder === 'NCHW') return x;
  const [, c] = dimsOf(value);
  return emitter.node('Reshape', [x, emitter.sizes([1, c, -1])]);
}

/** Undoes `withChannelsSecond`. */
export function fromChannelsSecond(emitter: Emitter, x: string, value: Value): string {
  if (emitter.lowering.featureOrder === 'NCHW') return x;
  const [n, c, h, w] = dimsOf(value);
  return emitter.node('Reshape', [x, emitter.sizes([c, n, h, w])]);
}

/**
 * a·x + b per channel. Inference-mode normalisation with mean 0 and variance 1 is the fastest kernel for it.
 */
export function emitAffine(
  emitter: Emitter,
  value: Value,
  x: string,
  a: string,
  b?: string,
): string {
  const zero = emitter.node('Sub', [a, a]);
  const one = emitter.node('Add', [zero, emitter.scalar(1)]);
  const y = emitter.node(
    'BatchNormalization',
    [withChannelsSecond(emitter, x, value), a, b ?? zero, zero, one],
    { attributes: { epsilon: { float: 0 } } },
  );
  return fromChannelsSecond(emitter, y, value);
}

/** Sum over batch and space. */
export const emitSum = (emitter: Emitter, x: string): string => {
  const axes = emitter.lowering.featureOrder === 'CNHW' ? [1, 2, 3] : [0, 2, 3];
  return emitter.node('ReduceSum', [x, emitter.ints(axes)], {
    attributes: { keepdims: { int: 0 } },
  });
};
