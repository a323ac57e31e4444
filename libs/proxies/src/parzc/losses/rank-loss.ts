/** @file What a predictor is trained on: a weighted sum of losses of value and of order. */
import { ValidationError } from '@sextant/common';
import { add, divideBy, mul, scale, sub, sumAll, type Value } from '@sextant/engine';
import { diffKendall } from './diff-kendall';
import { batchOf } from './pair-differences';
import { pairwiseLogistic } from './pairwise-logistic';

export interface RankLossWeights {
  /** Of the mean squared error. */
  readonly mse: number;
  /** Of the pairwise logistic loss. */
  readonly pairwise: number;
  /** Of −τ_d. Twice the published weight for the published loss, whose τ_d is twice as large. */
  readonly diffKendall: number;
}

export interface RankLoss {
  readonly weights: RankLossWeights;
  /** α of DiffKendall. */
  readonly alpha: number;
}

/** (1/N)·Σ (x − y)². Shapes: x and y [N] → []. @throws {ShapeError} they are no vectors, or differ in size */
export function meanSquaredError(x: Value, y: Value): Value {
  const gap = sub(x, y);
  return divideBy(sumAll(mul(gap, gap)), batchOf(x));
}

const terms: Readonly<Record<keyof RankLossWeights, (x: Value, y: Value, alpha: number) => Value>> =
  {
    mse: meanSquaredError,
    pairwise: pairwiseLogistic,
    diffKendall: (x, y, alpha) => scale(diffKendall(x, y, alpha), -1),
  };

/**
 * loss = Σ weight·term over the terms whose weight is not 0. Shapes: scores x and targets y [N], N ≥ 2 → [].
 * Targets are meant to be standardised: DiffKendall's strength depends on their scale.
 * @throws {ValidationError} every weight is 0, or one is negative
 * @throws {ShapeError} x and y are no vectors, or differ in size
 */
export function rankLoss(x: Value, y: Value, { weights, alpha }: RankLoss): Value {
  const names = Object.keys(terms) as (keyof RankLossWeights)[];
  const used = names.filter((name) => weights[name] !== 0);
  if (used.length === 0 || used.some((name) => !(weights[name] > 0))) {
    const given = names.map((name) => `${name} ${weights[name]}`).join(', ');
    throw new ValidationError(`a loss needs one weight above 0 and none below: ${given}`);
  }
  return used
    .map((name) => scale(terms[name](x, y, alpha), weights[name]))
    .reduce((sum, term) => add(sum, term));
}
