/** @file Weight decay as an L2 penalty, with a coefficient of its own for every parameter. */
import type { Value } from '../graph/value';
import { add } from '../ops/add';
import { mul } from '../ops/mul';

/** Part of a parameter vector. */
export interface ParameterRange {
  readonly offset: number;
  readonly size: number;
  readonly decays: boolean;
}

/** λ [P]: `coefficient` over the ranges that decay, 0 elsewhere, as biases and normalisation want it. */
export function decayCoefficients(
  length: number,
  ranges: readonly ParameterRange[],
  coefficient: number,
): Float32Array {
  const coefficients = new Float32Array(length);
  for (const { offset, size, decays } of ranges) {
    if (decays) coefficients.fill(coefficient, offset, offset + size);
  }
  return coefficients;
}

/** g' = g + λ⊙θ, the gradient of the loss plus ½·Σ λ·θ². Shapes: all [P]. @throws {ShapeError} they differ */
export const addWeightDecay = (gradient: Value, theta: Value, coefficients: Value): Value =>
  add(gradient, mul(coefficients, theta));
