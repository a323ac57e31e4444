/** @file Two feature maps blended channel by channel, in as few passes as there can be. */
import type { Emitter, Stored } from '../graph/emitter';
import type { Value } from '../graph/value';
import { blockedKernels, orderedKernels, type ChannelKernels } from '../lowering/channel-kernels';
import { channelOf, dotChannels, scaleChannels, sumChannels } from './channels';
import { apply, defineOp, featureDims, requireDim, requireSame, typeAt } from './define-op';

function emitBlend(
  emitter: Emitter,
  kernels: ChannelKernels,
  inputs: readonly Value[],
): readonly Stored[] {
  const [x, a, y, b, c] = inputs as readonly [Value, Value, Value, Value, Value];
  const vector = (value: Value): string => emitter.stored(value, 'ordered');
  const addend = kernels.affine(kernels.map(x), vector(a));
  const blended = kernels.affine(kernels.map(y), vector(b), vector(c), { addend });
  return [kernels.stored(blended)];
}

export const blendChannelsOp = defineOp({
  name: 'blendChannels',
  infer(types) {
    const x = typeAt(types, 0);
    requireSame(x, typeAt(types, 2));
    for (const at of [1, 3, 4])
      requireDim('vector', typeAt(types, at, 1).dims[0], featureDims(x)[1]);
    return [x];
  },
  gradient({ inputs: [x, a, y, b] }, [d]) {
    if (!x || !a || !y || !b || !d) return [];
    return [
      scaleChannels(d, a),
      dotChannels(d, x),
      scaleChannels(d, b),
      dotChannels(d, y),
      sumChannels(d),
    ];
  },
  reference([x, a, y, b, c]) {
    if (!x || !a || !y || !b || !c) return [];
    const data = x.data.map((value, at) => {
      const k = channelOf(x, at);
      return (
        (a.data[k] as number) * value +
        (b.data[k] as number) * (y.data[at] as number) +
        (c.data[k] as number)
      );
    });
    return [{ dims: x.dims, data }];
  },
  emit: (emitter, { inputs }) =>
    emitBlend(emitter, orderedKernels(emitter, inputs[0] as Value), inputs).map(({ name }) => name),
  emitBlocked(emitter, { inputs }) {
    const kernels = blockedKernels(emitter, inputs[0]);
    return kernels && emitBlend(emitter, kernels, inputs);
  },
});

/**
 * out[n,c,h,w] = a[c]·x[n,c,h,w] + b[c]·y[n,c,h,w] + shift[c]. Shapes: x, y [N,C,H,W]; a, b, shift [C].
 * @throws {ShapeError} x and y differ, or a vector has not C elements
 */
export const blendChannels = (x: Value, a: Value, y: Value, b: Value, shift: Value): Value =>
  apply(blendChannelsOp, [x, a, y, b, shift], {});
