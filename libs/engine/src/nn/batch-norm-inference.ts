/** @file Batch normalisation with given statistics, as evaluation uses it. */
import type { Value } from '../graph/value';
import { sub } from '../ops/add';
import { affineChannels } from '../ops/channels';
import { inverseSqrt } from '../ops/inverse-sqrt';
import { mul } from '../ops/mul';

/**
 * out = γ·(x − μ)/√(σ² + ε) + β with running or recalibrated μ and σ². Shapes: x [N,C,H,W], the others [C]; C may be a
 * run-time size. One affine map per channel.
 * @throws {ShapeError} a vector has not C elements
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 2
 */
export function batchNormInference(
  x: Value,
  parameters: {
    readonly gamma: Value;
    readonly beta: Value;
    readonly mean: Value;
    readonly variance: Value;
  },
  epsilon = 1e-5,
): Value {
  const { gamma, beta, mean, variance } = parameters;
  const slope = mul(gamma, inverseSqrt(variance, epsilon));
  return affineChannels(x, slope, sub(beta, mul(slope, mean)));
}
