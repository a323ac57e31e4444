/** @file Dropout whose randomness is an input: the same uniforms give the same output. */
import { ValidationError } from '@sextant/common';
import type { Value } from '../graph/value';
import { sub } from '../ops/add';
import { atLeast } from '../ops/compare';
import { div } from '../ops/div';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';

/** What is kept, scaled up to keep the mean. */
function keptBy(uniform: Value, rate: number | Value): Value {
  if (typeof rate === 'number') {
    return scale(atLeast(uniform, uniform.graph.scalar(rate)), 1 / (1 - rate));
  }
  return div(atLeast(uniform, rate), sub(rate.graph.scalar(1), rate));
}

/**
 * out = x·[u ≥ rate]/(1 − rate). Shapes: x of any type, `uniform` u of the same, from [0, 1) (`fillUniform`) → out.
 * The rate is in [0, 1); as a scalar value [] it can change from run to run, and 0 leaves x as it is.
 * @throws {ValidationError} the rate is a number outside [0, 1)
 * @throws {ShapeError} x and uniform differ in type
 * @see Srivastava et al. 2014, JMLR 15, §4 — Differs: inverted, so that evaluation needs no scaling
 */
export function dropout(x: Value, uniform: Value, rate: number | Value): Value {
  if (typeof rate === 'number' && !(rate >= 0 && rate < 1)) {
    throw new ValidationError(`dropout: rate ${rate} is not in [0, 1)`);
  }
  return mul(x, keptBy(uniform, rate));
}
