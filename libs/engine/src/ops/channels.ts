/** @file Per-channel affine maps of feature maps, and their adjoint: sums over batch and space. */
import { mapTensor, zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import type { Emitter, Stored } from '../graph/emitter';
import { plain, type Value } from '../graph/value';
import { blockedKernels } from '../lowering/channel-kernels';
import { emitAffine, emitSum } from '../lowering/ordered-channels';
import { apply, defineOp, featureDims, requireDim, requireSame, typeAt } from './define-op';

/** Channel of element `at` of a row-major [N,C,H,W]. */
export const channelOf = (x: Float64Tensor, at: number): number => {
  const [, c = 1, h = 1, w = 1] = x.dims;
  return Math.floor(at / (h * w)) % c;
};

const vector = (name: string): Stored => ({ name, storage: 'ordered' });

/** Per-channel affine map of a blocked map; null where sizes are not known. */
function blockedAffine(emitter: Emitter, [x, a, b]: readonly Value[]): readonly Stored[] | null {
  const kernels = blockedKernels(emitter, x);
  if (!kernels || !x || !a) return null;
  const shift = b && emitter.stored(b, 'ordered');
  return [kernels.stored(kernels.affine(kernels.map(x), emitter.stored(a, 'ordered'), shift))];
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
    return [scaleChannels(d, a), dotChannels(d, x), sumChannels(d)];
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
  emit: (emitter, { inputs: [value] }, [x = '', a = '', b = '']) =>
    value ? [emitAffine(emitter, value, x, a, b)] : [],
  emitBlocked: (emitter, { inputs }) => blockedAffine(emitter, inputs),
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
    return [emitSum(emitter, x)];
  },
  emitBlocked(emitter, { inputs: [x] }) {
    const kernels = blockedKernels(emitter, x);
    return kernels && x ? [vector(kernels.sum(kernels.map(x)))] : null;
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
    return x && a && d ? [scaleChannels(d, a), dotChannels(d, x)] : [];
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
  emitBlocked: (emitter, { inputs }) => blockedAffine(emitter, inputs),
});

export const dotChannelsOp = defineOp({
  name: 'dotChannels',
  infer(types) {
    const x = typeAt(types, 0);
    requireSame(x, typeAt(types, 1));
    return [plain([featureDims(x)[1]])];
  },
  gradient: ({ inputs: [x, y] }, [d]) =>
    x && y && d ? [scaleChannels(y, d), scaleChannels(x, d)] : [],
  reference([x, y]) {
    if (!x || !y) return [];
    const out = zerosOf([x.dims[1] as number]);
    x.data.forEach((value, at) => {
      const c = channelOf(x, at);
      out.data[c] = (out.data[c] as number) + value * (y.data[at] as number);
    });
    return [out];
  },
  emit: (emitter, _node, inputs) => [emitSum(emitter, emitter.node('Mul', inputs))],
  emitBlocked(emitter, { inputs: [x, y] }) {
    const kernels = blockedKernels(emitter, x);
    return kernels && x && y ? [vector(kernels.dot(kernels.map(x), kernels.map(y)))] : null;
  },
});

/** out[c] = Σ_{n,h,w} x[n,c,h,w]·y[n,c,h,w]. Shapes: x, y [N,C,H,W] → out [C]. @throws {ShapeError} types differ */
export const dotChannels = (x: Value, y: Value): Value => apply(dotChannelsOp, [x, y], {});

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
