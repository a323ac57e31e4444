/** @file Differences of every pair of a batch: what losses of order are made of. */
import { ShapeError } from '@sextant/common';
import {
  divideBy,
  expand,
  reshape,
  sub,
  subDims,
  sumAll,
  type Dim,
  type Value,
} from '@sextant/engine';

/** The batch's size. @throws {ShapeError} x is no vector */
export function batchOf(x: Value): Dim {
  const [n] = x.type.dims;
  if (n === undefined || x.type.dims.length !== 1 || x.type.layout === 'feature') {
    throw new ShapeError(
      `a loss of order takes a vector of scores, not rank ${x.type.dims.length}`,
    );
  }
  return n;
}

/** out[i,j] = x[i] − x[j]. Shapes: x [N] → [N,N]; N may be a run-time size. @throws {ShapeError} x is no vector */
export function pairDifferences(x: Value): Value {
  const n = batchOf(x);
  return sub(expand(reshape(x, [n, 1]), [n, n]), expand(reshape(x, [1, n]), [n, n]));
}

/** Mean over unordered pairs of what is the same for (i, j) and (j, i) and 0 for (i, i). Shapes: [N,N] → [], N ≥ 2. */
export function pairMean(values: Value): Value {
  const n = values.type.dims[0] as Dim;
  return divideBy(divideBy(sumAll(values), n), subDims(n, 1));
}
