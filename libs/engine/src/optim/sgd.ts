/** @file Gradient descent as graph: plain, with momentum, and in Nesterov's form. */
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';

export interface GradientDescentInputs {
  /** Parameters θ and gradient g, all [P]; the learning rate η is a scalar []. */
  readonly theta: Value;
  readonly gradient: Value;
  readonly learningRate: Value;
}

export interface SgdInputs extends GradientDescentInputs {
  /** v [P], 0 before the first step. */
  readonly velocity: Value;
}

export interface SgdOptions {
  /** μ, in [0, 1). */
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** θ' = θ − η·g. Shapes: all [P]. */
export const gradientDescent = ({ theta, gradient, learningRate }: GradientDescentInputs): Value =>
  sub(theta, mul(gradient, learningRate));

/**
 * v' = μ·v + g; θ' = θ − η·v', or with `nesterov` θ' = θ − η·(g + μ·v'). Shapes: all [P].
 * Weight decay and clipping are applied to g beforehand.
 * @see Sutskever et al. 2013, On the importance of initialization and momentum, eqs. 1–4
 * Differs: as PyTorch, the velocity holds gradients, not steps, so that a new learning rate acts on all of it at once.
 */
export function sgd(
  { theta, velocity, gradient, learningRate }: SgdInputs,
  { momentum, nesterov }: SgdOptions,
): { readonly theta: Value; readonly velocity: Value } {
  const nextVelocity = add(scale(velocity, momentum), gradient);
  const direction = nesterov ? add(gradient, scale(nextVelocity, momentum)) : nextVelocity;
  return {
    theta: gradientDescent({ theta, gradient: direction, learningRate }),
    velocity: nextVelocity,
  };
}
