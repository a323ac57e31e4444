/** @file What a tensor looks like in five numbers, as outputs of the very run that computes it. */
import { productOf } from '../graph/dims';
import type { Value } from '../graph/value';
import { sub } from '../ops/add';
import { abs } from '../ops/abs';
import { divideBy } from '../ops/divide-by-count';
import { equals } from '../ops/clip';
import { maxAll } from '../ops/max-all';
import { mul } from '../ops/mul';
import { sqrt } from '../ops/sqrt';
import { sumAll } from '../ops/sum';
import { zerosLike } from '../ops/zeros';

/** Scalars [], over all elements. */
export interface TensorStatistics {
  readonly mean: Value;
  /** Biased: √((1/M)·Σ (x − mean)²), by deviations from the mean, so that nothing cancels. */
  readonly standardDeviation: Value;
  /** ‖x‖₂ = √(Σ x²). */
  readonly norm: Value;
  /** max |x|. */
  readonly largestMagnitude: Value;
  /** Share of elements that are exactly 0, in [0, 1]: dead units after a ReLU. */
  readonly zeroFraction: Value;
}

const norm = (x: Value): Value => sqrt(sumAll(mul(x, x)));

/** Statistics of x, of any type and run-time size. x has at least one element. */
export function tensorStatistics(x: Value): TensorStatistics {
  const count = productOf(x.type.dims);
  const meanOf = (y: Value): Value => divideBy(sumAll(y), count);
  const mean = meanOf(x);
  const deviation = sub(x, mean);
  return {
    mean,
    standardDeviation: sqrt(meanOf(mul(deviation, deviation))),
    norm: norm(x),
    largestMagnitude: maxAll(abs(x)),
    zeroFraction: meanOf(equals(x, zerosLike(x))),
  };
}
