/** @file Per-channel affine maps of feature maps, and their adjoint: sums over batch and space. */
import { mapTensor, zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import type { Emitter } from '../graph/emitter';
import { plain, type Value } from '../graph/value';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { mul } from './mul';

/** Channel of element `at` of a row-major [N,C,H,W]. */
const channelOf = (x: Float64Tensor, at: number): number => {
  const [, c = 1, h = 1, w = 1] = x.dims;
  return Math.floor(at / (h * w)) % c;
};

/** x viewed as [1, C, M] (or untouched when stored batch-first), for ops that want channels on axis 1. */
export function withChannelsSecond(emitter: Emitter, x: string, value: Value): string {
  if (emitter.lowering.featureOrder === 'NCHW') return x;
  const [, c] = featureDims(value.type);
  return emitter.node('Reshape', [x, emitter.sizes([1, c, -1])]);
}

/** Undoes `withChannelsSecond`. */
export function fromChannelsSecond(emitter: Emitter, x: string, value: Value): string {
  if (emitter.lowering.featureOrder === 'NCHW') return x;
  const [n, c, h, w] = featureDims(value.type);
  return emitter.node('Reshape', [x, emitter.sizes([c, n, h, w])]);
}

export const affineChannelsOp = defineOp({
  name: 'affineChannels',
  infer(types) {
    const x = typeAt(types, 0);
    const [, c] = featureDims(x);
    requireDim('scale', typeAt(types, 1, 1).dims[0], c);
    requireDim('shift', typeAt(types, 2, 1).dims[0], c);
    return [x];
  },
  gradient({ inputs: [x, a] }, [d]) {
    if (!x || !a || !d) return [];
    return [scaleChannels(d, a), sumChannels(mul(d, x)), sumChannels(d)];
  },
  reference([x, a, b]) {
    if (!x || !a || !b) return [];
    return [
      mapTensor(x, (value, at) => {
        const c = channelOf(x, at);
        return (a.data[c] as number) * value + (b.data[c] as number);
      }),
    ];
  },
  // Inference-mode normalisation with mean 0 and variance 1 is the fastest per-channel affine kernel.
  emit(emitter, { inputs: [value] }, [x = '', a = '', b = '']) {
    if (!value) return [];
    const zero = emitter.node('Sub', [a, a]);
    const one = emitter.node('Add', [zero, emitter.scalar(1)]);
    const y = emitter.node(
      'BatchNormalization',
      [withChannelsSecond(emitter, x, value), a, b, zero, one],
      { attributes: { epsilon: { float: 0 } } },
    );
    return [fromChannelsSecond(emitter, y, value)];
  },
});

export const sumChannelsOp = defineOp({
  name: 'sumChannels',
  infer: (types) => [plain([featureDims(typeAt(types, 0))[1]])],
  gradient: ({ inputs: [x] }, [d]) => [x && d ? spreadChannels(d, x) : null],
  reference([x]) {
    if (!x) return [];
    const out = zerosOf([x.dims[1] as number]);
    x.data.forEach((value, at) => {
      const c = channelOf(x, at);
      out.data[c] = (out.data[c] as number) + value;
    });
    return [out];
  },
  emit(emitter, _node, [x = '']) {
    const axes = emitter.lowering.featureOrder === 'CNHW' ? [1, 2, 3] : [0, 2, 3];
    return [
      emitter.node('ReduceSum', [x, emitter.ints(axes)], { attributes: { keepdims: { int: 0 } } }),
    ];
  },
});

export const spreadChannelsOp = defineOp({
  name: 'spreadChannels',
  infer(types) {
    const like = typeAt(types, 1);
    requireDim('vector', typeAt(types, 0, 1).dims[0], featureDims(like)[1]);
    return [like];
  },
  gradient: (_node, [d]) => [d ? sumChannels(d) : null, null],
  reference([v, like]) {
    return v && like ? [mapTensor(like, (_, at) => v.data[channelOf(like, at)] as number)] : [];
  },
  emit(emitter, { inputs: [, like] }, [v = '', x = '']) {
    if (!like) return [];
    const [, c] = featureDims(like.type);
    const unit = emitter.lowering.featureOrder === 'CNHW' ? [c, 1, 1, 1] : [1, c, 1, 1];
    const column = emitter.node('Reshape', [v, emitter.sizes(unit)]);
    return [emitter.node('Expand', [column, emitter.node('Shape', [x])])];
  },
});

export const scaleChannelsOp = defineOp({
  name: 'scaleChannels',
  infer(types) {
    const x = typeAt(types, 0);
    requireDim('scale', typeAt(types, 1, 1).dims[0], featureDims(x)[1]);
    return [x];
  },
  gradient({ inputs: [x, a] }, [d]) {
    return x && a && d ? [scaleChannels(d, a), sumChannels(mul(d, x))] : [];
  },
  reference([x, a]) {
    return x && a
      ? [mapTensor(x, (value, at) => value * (a.data[channelOf(x, at)] as number))]
      : [];
  },
  emit(emitter, { inputs: [value] }, [x = '', a = '']) {
    if (!value) return [];
    const [, c] = featureDims(value.type);
    const unit = emitter.lowering.featureOrder === 'CNHW' ? [c, 1, 1, 1] : [1, c, 1, 1];
    return [emitter.node('Mul', [x, emitter.node('Reshape', [a, emitter.sizes(unit)])])];
  },
});

/** out[n,c,h,w] = a[c]·x[n,c,h,w] + b[c]. Shapes: x [N,C,H,W], a and b [C]. @throws {ShapeError} */
export const affineChannels = (x: Value, a: Value, b: Value): Value =>
  apply(affineChannelsOp, [x, a, b], {});

/** out[n,c,h,w] = a[c]·x[n,c,h,w]. Shapes: x [N,C,H,W], a [C]. @throws {ShapeError} */
export const scaleChannels = (x: Value, a: Value): Value => apply(scaleChannelsOp, [x, a], {});

/** out[c] = Σ_{n,h,w} x[n,c,h,w]. Shapes: x [N,C,H,W] → out [C]. */
export const sumChannels = (x: Value): Value => apply(sumChannelsOp, [x], {});

/** Adjoint of sumChannels: v [C] repeated to `like`'s [N,C,H,W]. */
export const spreadChannels = (v: Value, like: Value): Value =>
  apply(spreadChannelsOp, [v, like], {});
