/** @file The axes of a plain tensor in another order. */
import { ShapeError } from '@sextant/common';
import type { Dim } from '../graph/dims';
import { forEachIndex, offsetOf, zerosOf } from '../graph/float64-tensor';
import { plain, type Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

interface Permutation {
  /** Output axis i is input axis `order[i]`. */
  readonly order: readonly number[];
}

export const transposeOp = defineOp<Permutation>({
  name: 'transpose',
  infer(types, { order }) {
    const { dims, layout } = typeAt(types, 0);
    if (layout === 'feature') throw new ShapeError('a feature map has no fixed order');
    const isPermutation =
      order.length === dims.length && dims.every((_, axis) => order.includes(axis));
    if (!isPermutation) {
      throw new ShapeError(`[${order.join()}] is no order of ${dims.length} axes`);
    }
    return [plain(order.map((axis) => dims[axis] as Dim))];
  },
  gradient({ attributes: { order } }, [d]) {
    return [
      d
        ? transpose(
            d,
            order.map((_, axis) => order.indexOf(axis)),
          )
        : null,
    ];
  },
  reference([x], { order }) {
    if (!x) return [];
    const out = zerosOf(order.map((axis) => x.dims[axis] as number));
    forEachIndex(x.dims, (index, at) => {
      const target = order.map((axis) => index[axis] as number);
      out.data[offsetOf(out.dims, target)] = x.data[at] as number;
    });
    return [out];
  },
  emit: (emitter, { attributes: { order } }, inputs) => [
    emitter.node('Transpose', inputs, { attributes: { perm: { ints: order } } }),
  ],
});

/** out's axis i is x's axis `order[i]`. @throws {ShapeError} `order` is no permutation, or x is a feature map */
export const transpose = (x: Value, order: readonly number[]): Value =>
  order.every((axis, at) => axis === at) ? x : apply(transposeOp, [x], { order });
