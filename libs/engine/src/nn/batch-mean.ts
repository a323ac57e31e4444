/** @file The mean over a batch of what a loss adds up for each of its rows. */
import type { Dim } from '../graph/dims';
import type { Value } from '../graph/value';
import { divideBy } from '../ops/divide-by-count';
import { sumAll } from '../ops/sum';

/** (1/N)·Σ of every element, as a scalar []. Shapes: x [N,K]; N may be a run-time size. */
export const batchMean = (x: Value): Value => divideBy(sumAll(x), x.type.dims[0] as Dim);
