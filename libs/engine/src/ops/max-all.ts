/** @file The largest element of a tensor. */
import { plain, type Value } from '../graph/value';
import { equals } from './clip';
import { apply, defineOp } from './define-op';
import { div } from './div';
import { mul } from './mul';
import { fill, sumAll } from './sum';

export const maxAllOp = defineOp({
  name: 'maxAll',
  infer: () => [plain([])],
  gradient({ inputs: [x], outputs: [y] }, [d]) {
    if (!x || !y || !d) return [null];
    const largest = equals(x, fill(y, x));
    return [mul(largest, div(d, sumAll(largest)))];
  },
  reference([x]) {
    if (!x) return [];
    return [{ dims: [], data: Float64Array.of(x.data.reduce((a, b) => Math.max(a, b))) }];
  },
  emit: (emitter, _node, inputs) => [
    emitter.node('ReduceMax', inputs, { attributes: { keepdims: { int: 0 } } }),
  ],
});

/** The largest element, as a scalar []. Elements that tie share the gradient equally. */
export const maxAll = (x: Value): Value => apply(maxAllOp, [x], {});
