/** @file Squeeze-and-excite: channels of an image scaled by what the whole image says. */
import type { Value } from '../graph/value';
import { globalAvgPool } from '../ops/global-avg-pool';
import { hardSigmoid } from '../ops/hard-sigmoid';
import { scalePlanes } from '../ops/planes';
import { relu } from '../ops/relu';
import { linear } from './linear';

export interface SqueezeExciteWeights {
  /** [S,C] and [S]. */
  readonly reduce: Value;
  readonly reduceBias: Value;
  /** [C,S] and [C]. */
  readonly expand: Value;
  readonly expandBias: Value;
}

type Activation = (x: Value) => Value;

/**
 * out[n,c,·,·] = x[n,c,·,·]·gate(W₂·act(W₁·mean(x[n]) + b₁) + b₂)[c]. Shapes: x [N,C,H,W] → out the same; C and S may be
 * run-time sizes. Defaults are MobileNetV3's: ReLU, and the hard sigmoid clip(z/6 + ½, 0, 1).
 * @throws {ShapeError} a weight does not fit
 * @see Hu et al. 2018, arXiv:1709.01507 §3; Howard et al. 2019, arXiv:1905.02244 §5.3
 */
export function squeezeExcite(
  x: Value,
  weights: SqueezeExciteWeights,
  activation: Activation = relu,
  gate: Activation = hardSigmoid,
): Value {
  const squeezed = activation(linear(globalAvgPool(x), weights.reduce, weights.reduceBias));
  return scalePlanes(x, gate(linear(squeezed, weights.expand, weights.expandBias)));
}
