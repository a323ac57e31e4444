/** @file Adam as graph, and AdamW, whose weight decay bypasses the adaptive step. */
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { div } from '../ops/div';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';
import { sqrt } from '../ops/sqrt';

export interface AdamInputs {
  /** Parameters θ, first and second moment m and v (0 before the first step) and gradient g, all [P]. */
  readonly theta: Value;
  readonly firstMoment: Value;
  readonly secondMoment: Value;
  readonly gradient: Value;
  /** Scalars []: η, and the step's `adamCorrections`. */
  readonly learningRate: Value;
  readonly firstCorrection: Value;
  readonly secondCorrection: Value;
}

export interface AdamWInputs extends AdamInputs {
  /** λ [P]: the decay coefficient of each parameter; 0 where none applies. */
  readonly weightDecay: Value;
}

export interface AdamOptions {
  /** Of the first moment, in [0, 1). ProxylessNAS trains architectures with 0. */
  readonly beta1: number;
  /** Of the second moment, in [0, 1). */
  readonly beta2: number;
  readonly epsilon: number;
}

export interface AdamState {
  readonly theta: Value;
  readonly firstMoment: Value;
  readonly secondMoment: Value;
}

/** @see Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1 */
export const adamDefaults: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * 1/(1 − β₁ᵗ) and 1/(1 − β₂ᵗ) of step t = 1, 2, …, in float64: float32 would lose four digits of the second at t = 1.
 */
export const adamCorrections = (
  step: number,
  { beta1, beta2 }: AdamOptions = adamDefaults,
): { readonly first: number; readonly second: number } => ({
  first: 1 / (1 - beta1 ** step),
  second: 1 / (1 - beta2 ** step),
});

/**
 * m' = β₁·m + (1 − β₁)·g; v' = β₂·v + (1 − β₂)·g²; θ' = θ − η·m̂/(√v̂ + ε), with m̂ and v̂ the moments times the step's
 * corrections. Shapes: all [P]. L2 weight decay is added to g beforehand (`addWeightDecay`).
 * @see Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1
 */
export function adam(inputs: AdamInputs, options: AdamOptions = adamDefaults): AdamState {
  const { theta, firstMoment, secondMoment, gradient, learningRate } = inputs;
  const { beta1, beta2, epsilon } = options;
  const m = add(scale(firstMoment, beta1), scale(gradient, 1 - beta1));
  const v = add(scale(secondMoment, beta2), scale(mul(gradient, gradient), 1 - beta2));
  const root = sqrt(mul(v, inputs.secondCorrection));
  const direction = div(m, add(root, theta.graph.scalar(epsilon)));
  const rate = mul(learningRate, inputs.firstCorrection);
  return { theta: sub(theta, mul(direction, rate)), firstMoment: m, secondMoment: v };
}

/**
 * Adam with decoupled decay: θ' = θ − η·(m̂/(√v̂ + ε) + λ⊙θ). Shapes: all [P].
 * @see Loshchilov & Hutter 2019, arXiv:1711.05101, Algorithm 2
 * Differs: as in PyTorch, the whole learning rate multiplies λ, so the paper's λ is the base rate times this one.
 */
export function adamW(inputs: AdamWInputs, options: AdamOptions = adamDefaults): AdamState {
  const next = adam(inputs, options);
  const decay = mul(mul(inputs.weightDecay, inputs.theta), inputs.learningRate);
  return { ...next, theta: sub(next.theta, decay) };
}
