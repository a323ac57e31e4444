/** @file Stochastic depth: whole images skip a residual branch, by uniforms that are an input. */
import { ValidationError } from '@sextant/common';
import type { Value } from '../graph/value';
import { less } from '../ops/compare';
import { div } from '../ops/div';
import { scaleSamples } from '../ops/samples';
import { scale } from '../ops/scale';

function factors(uniform: Value, survival: number | Value): Value {
  if (typeof survival === 'number') {
    return scale(less(uniform, uniform.graph.scalar(survival)), 1 / survival);
  }
  return div(less(uniform, survival), survival);
}

/**
 * out[n] = x[n]·[u[n] < survival]/survival, for the branch that is added to a shortcut.
 * Shapes: x [N,C,H,W], `uniform` u [N] from [0, 1) (`fillUniform`) → out [N,C,H,W].
 * The survival probability is in (0, 1]; as a scalar value [] it can change from run to run, and 1 leaves x as it is.
 * @throws {ValidationError} survival is a number outside (0, 1]
 * @throws {ShapeError} x is no feature map, or uniform has not N elements
 * @see Huang et al. 2016, arXiv:1603.09382 §3 — Differs: scaled in training, and drawn per image
 */
export function dropPath(x: Value, uniform: Value, survival: number | Value): Value {
  if (typeof survival === 'number' && !(survival > 0 && survival <= 1)) {
    throw new ValidationError(`dropPath: survival ${survival} is not in (0, 1]`);
  }
  return scaleSamples(x, factors(uniform, survival));
}

/**
 * Survival probability of block ℓ of L, ℓ = 1..L: p(ℓ) = 1 − (ℓ/L)·(1 − last), falling linearly to `last`.
 * @see Huang et al. 2016, arXiv:1603.09382 eq. 4
 */
export const survivalAt = (block: number, blocks: number, last: number): number =>
  1 - (block / blocks) * (1 - last);
