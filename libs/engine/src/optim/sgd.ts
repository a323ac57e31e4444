/** @file Stochastic gradient descent with Nesterov momentum, as graph. */
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { clip } from '../ops/clip';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';

export interface SgdInputs {
  /** Parameters θ, velocity v and gradient g, all [P]; the learning rate is a scalar []. */
  readonly theta: Value;
  readonly velocity: Value;
  readonly gradient: Value;
  readonly learningRate: Value;
  /** [P]: the decay coefficient of each parameter; 0 where none applies. */
  readonly weightDecay: Value;
}

export interface SgdOptions {
  readonly momentum: number;
  /** Gradients are clamped to ±gradientClip before decay is added. */
  readonly gradientClip: number;
}

/**
 * d = clip(g) + λ·θ; v' = μ·v + d; θ' = θ − η·(d + μ·v'). Shapes: all [P].
 * @see Sutskever et al. 2013, On the importance of initialization and momentum — Nesterov form, as PyTorch writes it
 */
export function sgd(inputs: SgdInputs, { momentum, gradientClip }: SgdOptions) {
  const { theta, velocity, gradient, learningRate, weightDecay } = inputs;
  const descent = add(clip(gradient, -gradientClip, gradientClip), mul(weightDecay, theta));
  const nextVelocity = add(scale(velocity, momentum), descent);
  const step = add(descent, scale(nextVelocity, momentum));
  return { theta: sub(theta, mul(step, learningRate)), velocity: nextVelocity };
}
