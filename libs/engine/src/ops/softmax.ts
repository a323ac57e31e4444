/** @file Softmax over the last axis. */
import { ShapeError } from '@sextant/common';
import type { Value } from '../graph/value';
import { sub } from './add';
import { apply, defineOp, describe, typeAt } from './define-op';
import { mul } from './mul';
import { expand, sum } from './sum';

export const softmaxOp = defineOp({
  name: 'softmax',
  infer(types) {
    const x = typeAt(types, 0);
    if (x.layout === 'feature' || x.dims.length === 0) {
      throw new ShapeError(`${describe(x)} has no last axis: expected a plain tensor of rank ≥ 1`);
    }
    return [x];
  },
  gradient({ outputs: [y] }, [d]) {
    if (!y || !d) return [null];
    const total = sum(mul(d, y), [y.type.dims.length - 1]);
    return [mul(y, sub(d, expand(total, y.type.dims)))];
  },
  reference([x]) {
    if (!x) return [];
    const columns = x.dims.at(-1) as number;
    const data = new Float64Array(x.data.length);
    for (let start = 0; start < data.length; start += columns) {
      const logits = x.data.subarray(start, start + columns);
      const top = Math.max(...logits);
      const powers = logits.map((value) => Math.exp(value - top));
      const total = powers.reduce((a, b) => a + b, 0);
      powers.forEach((power, column) => (data[start + column] = power / total));
    }
    return [{ dims: x.dims, data }];
  },
  emit: (emitter, _node, inputs) => [
    emitter.node('Softmax', inputs, { attributes: { axis: { int: -1 } } }),
  ],
});

/**
 * out[…,k] = exp x[…,k] / Σⱼ exp x[…,j]. Shapes: x [...,K], plain → out [...,K]; stable for any finite x.
 * @throws {ShapeError} x is a scalar or a feature map
 */
export const softmax = (x: Value): Value => apply(softmaxOp, [x], {});
