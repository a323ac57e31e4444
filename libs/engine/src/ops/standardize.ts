/** @file Rows brought to mean 0 and variance 1: the core of layer normalisation. */
import { ShapeError } from '@sextant/common';
import type { Dim } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import { plain, type TensorType, type Value } from '../graph/value';
import { sub } from './add';
import { applyAll, defineOp, describe, typeAt } from './define-op';
import { divideBy } from './divide-by-count';
import { mul } from './mul';
import { expand, sum } from './sum';

const withUnitLast = ({ dims }: TensorType): TensorType => plain([...dims.slice(0, -1), 1]);

/** (1/D)·Σ over the last axis, repeated along it. */
function rowMean(x: Value): Value {
  const { dims } = x.type;
  return expand(divideBy(sum(x, [dims.length - 1]), dims.at(-1) as Dim), dims);
}

export const standardizeOp = defineOp<{ epsilon: number }>({
  name: 'standardize',
  infer(types) {
    const x = typeAt(types, 0);
    if (x.layout === 'feature' || x.dims.length === 0) {
      throw new ShapeError(`${describe(x)} has no last axis: expected a plain tensor of rank ≥ 1`);
    }
    return [x, withUnitLast(x)];
  },
  /** With r = (σ² + ε)^(−1/2): dx = r·(dy − mean dy − y·mean(dy·y)) − dr·r²·y/D. */
  gradient({ outputs: [y, r] }, [dY, dR]) {
    if (!y || !r) return [null];
    const { dims } = y.type;
    const inverse = expand(r, dims);
    const throughRows = dY
      ? mul(inverse, sub(sub(dY, rowMean(dY)), mul(y, rowMean(mul(dY, y)))))
      : null;
    if (!dR) return [throughRows];
    const slope = divideBy(mul(dR, mul(r, r)), dims.at(-1) as Dim);
    const throughScale = mul(expand(slope, dims), y);
    return [throughRows ? sub(throughRows, throughScale) : mul(throughScale, y.graph.scalar(-1))];
  },
  reference([x], { epsilon }) {
    if (!x) return [];
    const columns = x.dims.at(-1) as number;
    const [y, r] = [zerosOf(x.dims), zerosOf([...x.dims.slice(0, -1), 1])];
    for (let row = 0; row < r.data.length; row++) {
      const values = x.data.subarray(row * columns, (row + 1) * columns);
      const mean = values.reduce((a, b) => a + b, 0) / columns;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / columns;
      const inverse = 1 / Math.sqrt(variance + epsilon);
      r.data[row] = inverse;
      values.forEach((value, at) => (y.data[row * columns + at] = (value - mean) * inverse));
    }
    return [y, r];
  },
  emit(emitter, { inputs: [value], attributes: { epsilon } }, [x = '']) {
    if (!value) return [];
    const last = value.type.dims.at(-1) as Dim;
    const ones = emitter.node('Expand', [emitter.scalar(1), emitter.sizes([last])]);
    const [y = '', , r = ''] = emitter.nodeWithOutputs('LayerNormalization', [x, ones], 3, {
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
    });
    return [y, r];
  },
});

/**
 * y = (x − μ)·r over the last axis, r = (σ² + ε)^(−1/2) with the biased variance. Shapes: x [...,D] → y [...,D], r [...,1].
 * @throws {ShapeError} x is a scalar or a feature map
 */
export function standardize(x: Value, epsilon: number): { readonly y: Value; readonly r: Value } {
  const [y, r] = applyAll(standardizeOp, [x], { epsilon });
  return { y: y as Value, r: r as Value };
}
