/** @file Batch normalisation in closed form: statistics, folding into slope and shift, and the gradient through both. */
import type { Emitter } from '../graph/emitter';
import type { ChannelKernels } from './channel-kernels';

/** Vectors [C] (or columns [C,1]; they are only combined elementwise). */
export interface Statistics {
  readonly mean: string;
  readonly variance: string;
}

export interface NormVectors extends Statistics {
  readonly gamma: string;
  readonly beta: string;
}

/** A few letters for arithmetic on vectors. */
export const vectors = (emitter: Emitter) => ({
  add: (a: string, b: string): string => emitter.node('Add', [a, b]),
  sub: (a: string, b: string): string => emitter.node('Sub', [a, b]),
  mul: (a: string, b: string): string => emitter.node('Mul', [a, b]),
  div: (a: string, b: string): string => emitter.node('Div', [a, b]),
  neg: (a: string): string => emitter.node('Neg', [a]),
});

/** μ = E[x], σ² = max(0, E[x²] − μ²): both sums read x once and write nothing of its size. */
export function emitStatistics(
  emitter: Emitter,
  kernels: ChannelKernels,
  x: string,
  count: string,
): Statistics {
  const { sub, mul, div } = vectors(emitter);
  const mean = div(kernels.sum(x), count);
  const squares = div(kernels.dot(x, x), count);
  return { mean, variance: emitter.node('Relu', [sub(squares, mul(mean, mean))]) };
}

/** r = (σ² + ε)^(−1/2). */
export const inverseDeviation = (emitter: Emitter, variance: string, epsilon: number): string =>
  emitter.node('Reciprocal', [
    emitter.node('Sqrt', [emitter.node('Add', [variance, emitter.scalar(epsilon)])]),
  ]);

/** Normalisation as slope·x + shift: slope = γ·r, shift = β − μ·slope. */
export function foldedNorm(
  emitter: Emitter,
  { mean, variance, gamma, beta }: NormVectors,
  epsilon: number,
): { readonly slope: string; readonly shift: string } {
  const { sub, mul } = vectors(emitter);
  const slope = mul(gamma, inverseDeviation(emitter, variance, epsilon));
  return { slope, shift: sub(beta, mul(mean, slope)) };
}

/** What the gradient of a normalisation needs besides maps. */
export interface GradientSums extends Statistics {
  readonly gamma: string;
  /** Σ g and Σ g·x per channel, g being the gradient of the normalised map. */
  readonly sum: string;
  readonly dot: string;
  /** Elements of one channel. */
  readonly count: string;
}

/**
 * dx = slope·g + pull·x + shift with slope = γr, dγ = r(Σgx − μΣg), pull = −slope·r·dγ/M, shift = −slope·Σg/M − pull·μ.
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167, §3
 */
export function normGradient(
  emitter: Emitter,
  { mean, variance, gamma, sum, dot, count }: GradientSums,
  epsilon: number,
) {
  const { add, sub, mul, div, neg } = vectors(emitter);
  const r = inverseDeviation(emitter, variance, epsilon);
  const dGamma = mul(r, sub(dot, mul(mean, sum)));
  const slope = mul(gamma, r);
  const pull = neg(div(mul(mul(slope, r), dGamma), count));
  const shift = neg(add(div(mul(slope, sum), count), mul(pull, mean)));
  return { dGamma, slope, pull, shift };
}
