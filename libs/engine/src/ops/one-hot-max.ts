/** @file The largest of each row as a one-hot row. */
import type { Dim } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

export const oneHotMaxOp = defineOp({
  name: 'oneHotMax',
  infer: (types) => [typeAt(types, 0)],
  reference([x]) {
    if (!x) return [];
    const columns = x.dims.at(-1) as number;
    const out = zerosOf(x.dims);
    for (let start = 0; start < x.data.length; start += columns) {
      const row = x.data.subarray(start, start + columns);
      out.data[start + row.indexOf(Math.max(...row))] = 1;
    }
    return [out];
  },
  emit(emitter, { inputs: [value] }, [x = '']) {
    const which = emitter.node('ArgMax', [x], {
      attributes: { axis: { int: -1 }, keepdims: { int: 0 } },
    });
    const depth = emitter.sizes([value?.type.dims.at(-1) as Dim]);
    return [emitter.node('OneHot', [which, depth, emitter.floats([0, 1], [2])])];
  },
});

/** out[…,k] = 1 at the first largest element of each row, else 0. Shapes: x [...,K] → out [...,K]. No gradient flows. */
export const oneHotMax = (x: Value): Value => apply(oneHotMaxOp, [x], {});
