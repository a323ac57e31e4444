/** @file Mean over space, [N,C,H,W] → [N,C], and its adjoint. */
import { mulDims, type Dim } from '../graph/dims';
import { sizeOf, zerosOf } from '../graph/float64-tensor';
import { feature, plain, type Value } from '../graph/value';
import { blockedSpatialMeans, staticSizes } from '../lowering/blocked';
import { apply, defineOp, featureDims, typeAt } from './define-op';
import { divideBy } from './divide-by-count';

export const globalSumPoolOp = defineOp({
  name: 'globalSumPool',
  infer(types) {
    const [n, c] = featureDims(typeAt(types, 0));
    return [plain([n, c])];
  },
  gradient({ inputs: [x] }, [d]) {
    if (!x || !d) return [null];
    const [, , h, w] = featureDims(x.type);
    return [spreadSpace(d, h, w)];
  },
  reference([x]) {
    if (!x) return [];
    const [n = 0, c = 0] = x.dims;
    const plane = sizeOf(x.dims) / (n * c);
    const out = zerosOf([n, c]);
    x.data.forEach((value, at) => {
      const cell = Math.floor(at / plane);
      out.data[cell] = (out.data[cell] as number) + value;
    });
    return [out];
  },
  emit(emitter, _node, [x = '']) {
    const pooled = emitter.node('ReduceSum', [x, emitter.ints([2, 3])], {
      attributes: { keepdims: { int: 0 } },
    });
    if (emitter.lowering.featureOrder === 'NCHW') return [pooled];
    return [emitter.node('Transpose', [pooled], { attributes: { perm: { ints: [1, 0] } } })];
  },
  emitBlocked(emitter, { inputs: [x] }) {
    const sizes = staticSizes(x);
    if (!x || !sizes) return null;
    const [n, c, h, w] = sizes;
    const means = blockedSpatialMeans(emitter, emitter.stored(x, 'blocked'), n, c);
    return [{ name: emitter.node('Mul', [means, emitter.scalar(h * w)]), storage: 'ordered' }];
  },
});

export const spreadSpaceOp = defineOp<{ h: Dim; w: Dim }>({
  name: 'spreadSpace',
  infer(types, { h, w }) {
    const [n, c] = typeAt(types, 0, 2).dims as readonly [Dim, Dim];
    return [feature([n, c, h, w])];
  },
  gradient: (_node, [d]) => [d ? apply(globalSumPoolOp, [d], {}) : null],
  reference([v], { h, w }, size) {
    if (!v) return [];
    const plane = size(h) * size(w);
    const out = zerosOf([...v.dims, size(h), size(w)]);
    out.data.forEach((_, at) => (out.data[at] = v.data[Math.floor(at / plane)] as number));
    return [out];
  },
  emit(emitter, { inputs: [value], attributes: { h, w } }, [v = '']) {
    if (!value) return [];
    const [n, c] = value.type.dims as readonly [Dim, Dim];
    const channelsFirst = emitter.lowering.featureOrder === 'CNHW';
    const ordered = channelsFirst
      ? emitter.node('Transpose', [v], { attributes: { perm: { ints: [1, 0] } } })
      : v;
    const [first, second] = channelsFirst ? [c, n] : [n, c];
    const unit = emitter.node('Reshape', [ordered, emitter.sizes([first, second, 1, 1])]);
    return [emitter.node('Expand', [unit, emitter.sizes([first, second, h, w])])];
  },
});

const spreadSpace = (v: Value, h: Dim, w: Dim): Value => apply(spreadSpaceOp, [v], { h, w });

/** out[n,c] = (1/HW)·Σ_{h,w} x[n,c,h,w]. Shapes: x [N,C,H,W] → out [N,C]. */
export function globalAvgPool(x: Value): Value {
  const [, , h, w] = featureDims(x.type);
  return divideBy(apply(globalSumPoolOp, [x], {}), mulDims(h, w));
}
