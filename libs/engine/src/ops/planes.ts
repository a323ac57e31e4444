/** @file One factor per image and channel of a feature map. */
import { mapTensor, sizeOf, type Float64Tensor } from '../graph/float64-tensor';
import type { Dim } from '../graph/dims';
import type { Value } from '../graph/value';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { globalSumPoolOp } from './global-avg-pool';
import { mul } from './mul';

/** [N,C] cell that element `at` of a row-major [N,C,H,W] is of. */
const planeOf = ({ dims }: Float64Tensor, at: number): number =>
  Math.floor(at / sizeOf(dims.slice(2)));

export const scalePlanesOp = defineOp({
  name: 'scalePlanes',
  infer(types) {
    const x = typeAt(types, 0);
    const [n, c] = featureDims(x);
    const [rows, columns] = typeAt(types, 1, 2).dims;
    requireDim('images', rows, n);
    requireDim('channels', columns, c);
    return [x];
  },
  gradient: ({ inputs: [x, a] }, [d]) =>
    x && a && d ? [scalePlanes(d, a), apply(globalSumPoolOp, [mul(d, x)], {})] : [],
  reference: ([x, a]) =>
    x && a ? [mapTensor(x, (value, at) => value * (a.data[planeOf(x, at)] as number))] : [],
  emit(emitter, { inputs: [value] }, [x = '', a = '']) {
    if (!value) return [];
    const [n, c] = value.type.dims as readonly [Dim, Dim];
    const isChannelsFirst = emitter.lowering.featureOrder === 'CNHW';
    const factors = isChannelsFirst
      ? emitter.node('Transpose', [a], { attributes: { perm: { ints: [1, 0] } } })
      : a;
    const dims = isChannelsFirst ? [c, n, 1, 1] : [n, c, 1, 1];
    return [emitter.node('Mul', [x, emitter.node('Reshape', [factors, emitter.sizes(dims)])])];
  },
});

/** out[n,c,h,w] = a[n,c]·x[n,c,h,w]. Shapes: x [N,C,H,W], a [N,C]. @throws {ShapeError} sizes differ */
export const scalePlanes = (x: Value, a: Value): Value => apply(scalePlanesOp, [x, a], {});
