/** @file A fully connected layer on the last axis. */
import { productOf } from '../graph/dims';
import type { Value } from '../graph/value';
import { matmul } from '../ops/matmul';
import { reshape } from '../ops/reshape';
import { addToRows } from '../ops/rows';

/**
 * out = x·wᵀ + b. Shapes: x [...,D], w [E,D], b [E] → out [...,E]; any of them may be run-time sizes.
 * @throws {ShapeError} D or E differ
 */
export function linear(x: Value, w: Value, b?: Value): Value {
  const { dims } = x.type;
  const rows = dims.slice(0, -1);
  const flat = reshape(x, [productOf(rows), ...dims.slice(-1)]);
  const y = reshape(matmul(flat, w, false, true), [...rows, ...w.type.dims.slice(0, 1)]);
  return b ? addToRows(y, b) : y;
}
