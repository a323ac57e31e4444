/** @file Logarithm of the softmax over the last axis. */
import type { Value } from '../graph/value';
import { add } from './add';
import { apply, defineOp, typeAt } from './define-op';
import { exp } from './exp';
import { mul } from './mul';
import { scale } from './scale';
import { expand, sum } from './sum';

export const logSoftmaxOp = defineOp({
  name: 'logSoftmax',
  infer: (types) => [typeAt(types, 0, 2)],
  gradient({ outputs: [y] }, [d]) {
    if (!y || !d) return [null];
    const total = expand(sum(d, [1]), d.type.dims);
    return [add(d, scale(mul(exp(y), total), -1))];
  },
  reference([x]) {
    if (!x) return [];
    const [rows = 0, columns = 0] = x.dims;
    const data = new Float64Array(x.data.length);
    for (let row = 0; row < rows; row++) {
      const logits = x.data.subarray(row * columns, (row + 1) * columns);
      const top = Math.max(...logits);
      const logSum = top + Math.log(logits.reduce((a, value) => a + Math.exp(value - top), 0));
      logits.forEach((value, column) => (data[row * columns + column] = value - logSum));
    }
    return [{ dims: x.dims, data }];
  },
  emit: (emitter, _node, inputs) => [
    emitter.node('LogSoftmax', inputs, { attributes: { axis: { int: 1 } } }),
  ],
});

/** out[n,k] = x[n,k] − log Σⱼ exp x[n,j]. Shapes: x [N,K] → out [N,K]; stable for any finite x. */
export const logSoftmax = (x: Value): Value => apply(logSoftmaxOp, [x], {});
