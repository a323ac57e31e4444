/** @file A vector beside every row of a plain tensor. */
import type { Value } from '../graph/value';
import { add } from './add';
import { mul } from './mul';
import { reshape } from './reshape';
import { expand } from './sum';

/** v [D] as x's [...,D]. */
function besideRows(v: Value, x: Value): Value {
  const { dims } = x.type;
  return expand(reshape(v, [...dims.slice(0, -1).map(() => 1), ...v.type.dims]), dims);
}

/** out[…,j] = x[…,j] + v[j]. Shapes: x [...,D], v [D]. @throws {ShapeError} v is not a row of x */
export const addToRows = (x: Value, v: Value): Value => add(x, besideRows(v, x));

/** out[…,j] = x[…,j]·v[j]. Shapes: x [...,D], v [D]. @throws {ShapeError} v is not a row of x */
export const scaleRows = (x: Value, v: Value): Value => mul(x, besideRows(v, x));
