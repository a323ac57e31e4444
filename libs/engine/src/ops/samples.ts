/** @file One factor per image of a feature map, and the adjoints: sums over each image. */
import { mapTensor, sizeOf, zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import type { Dim } from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import { plain, type Value } from '../graph/value';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { mul } from './mul';

/** Image that element `at` of a row-major [N,C,H,W] is of. */
const sampleOf = ({ dims }: Float64Tensor, at: number): number =>
  Math.floor(at / sizeOf(dims.slice(1)));

/** v [N] with unit axes where the stored feature map has the others. */
function alongBatch(emitter: Emitter, v: string, n: Dim): string {
  const unit = emitter.lowering.featureOrder === 'CNHW' ? [1, n, 1, 1] : [n, 1, 1, 1];
  return emitter.node('Reshape', [v, emitter.sizes(unit)]);
}

export const scaleSamplesOp = defineOp({
  name: 'scaleSamples',
  infer(types) {
    const x = typeAt(types, 0);
    requireDim('scale', typeAt(types, 1, 1).dims[0], featureDims(x)[0]);
    return [x];
  },
  gradient({ inputs: [x, a] }, [d]) {
    return x && a && d ? [scaleSamples(d, a), sumSamples(mul(d, x))] : [];
  },
  reference([x, a]) {
    return x && a ? [mapTensor(x, (value, at) => value * (a.data[sampleOf(x, at)] as number))] : [];
  },
  emit(emitter, { inputs: [value] }, [x = '', a = '']) {
    if (!value) return [];
    const [n] = featureDims(value.type);
    return [emitter.node('Mul', [x, alongBatch(emitter, a, n)])];
  },
});

export const sumSamplesOp = defineOp({
  name: 'sumSamples',
  infer: (types) => [plain([featureDims(typeAt(types, 0))[0]])],
  gradient: ({ inputs: [x] }, [d]) => [x && d ? spreadSamples(d, x) : null],
  reference([x]) {
    if (!x) return [];
    const out = zerosOf([x.dims[0] as number]);
    x.data.forEach((value, at) => {
      const n = sampleOf(x, at);
      out.data[n] = (out.data[n] as number) + value;
    });
    return [out];
  },
  emit(emitter, _node, [x = '']) {
    const axes = emitter.lowering.featureOrder === 'CNHW' ? [0, 2, 3] : [1, 2, 3];
    return [
      emitter.node('ReduceSum', [x, emitter.ints(axes)], { attributes: { keepdims: { int: 0 } } }),
    ];
  },
});

export const spreadSamplesOp = defineOp({
  name: 'spreadSamples',
  infer(types) {
    const like = typeAt(types, 1);
    requireDim('vector', typeAt(types, 0, 1).dims[0], featureDims(like)[0]);
    return [like];
  },
  gradient: (_node, [d]) => [d ? sumSamples(d) : null, null],
  reference([v, like]) {
    return v && like ? [mapTensor(like, (_, at) => v.data[sampleOf(like, at)] as number)] : [];
  },
  emit(emitter, { inputs: [, like] }, [v = '', x = '']) {
    if (!like) return [];
    const [n] = featureDims(like.type);
    return [emitter.node('Expand', [alongBatch(emitter, v, n), emitter.node('Shape', [x])])];
  },
});

/**
 * out[n,c,h,w] = a[n]·x[n,c,h,w]. Shapes: x [N,C,H,W], a [N] → out [N,C,H,W].
 * @throws {ShapeError} x is no feature map, or a has not N elements
 */
export const scaleSamples = (x: Value, a: Value): Value => apply(scaleSamplesOp, [x, a], {});

/** out[n] = Σ_{c,h,w} x[n,c,h,w]. Shapes: x [N,C,H,W] → out [N]. @throws {ShapeError} x is no feature map */
export const sumSamples = (x: Value): Value => apply(sumSamplesOp, [x], {});

/** Adjoint of sumSamples: v [N] repeated to `like`'s [N,C,H,W]. @throws {ShapeError} v has not N elements */
export const spreadSamples = (v: Value, like: Value): Value =>
  apply(spreadSamplesOp, [v, like], {});
