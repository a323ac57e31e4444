/** @file RMSProp with momentum as graph, as TensorFlow 1 has it and mobile networks are trained. */
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { div } from '../ops/div';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';
import { sqrt } from '../ops/sqrt';

export interface RmsPropInputs {
  /** Parameters θ and gradient g, all [P]; the learning rate η is a scalar []. */
  readonly theta: Value;
  readonly gradient: Value;
  readonly learningRate: Value;
  /** Running mean s of g² [P]: 1 before the first step in TensorFlow 1, 0 in PyTorch. */
  readonly meanSquare: Value;
  /** u [P], 0 before the first step. */
  readonly velocity: Value;
}

export interface RmsPropOptions {
  /** ρ, of the mean square, in [0, 1). */
  readonly decay: number;
  /** μ, in [0, 1). */
  readonly momentum: number;
  readonly epsilon: number;
  /** Where ε is added: `inside` the root as in TensorFlow 1, or `outside` as in PyTorch. */
  readonly epsilonPlacement: 'inside' | 'outside';
}

export interface RmsPropState {
  readonly theta: Value;
  readonly meanSquare: Value;
  readonly velocity: Value;
}

/**
 * How BigNAS and EfficientNet train, with the ε of EfficientNet's code.
 * @see Tan & Le 2019, arXiv:1905.11946 §5.2 — decay and momentum
 */
export const rmsPropDefaults: RmsPropOptions = {
  decay: 0.9,
  momentum: 0.9,
  epsilon: 1e-3,
  epsilonPlacement: 'inside',
};

/**
 * s' = ρ·s + (1 − ρ)·g²; u' = μ·u + η·g/√(s' + ε), or η·g/(√s' + ε) with ε outside; θ' = θ − u'. Shapes: all [P].
 * The learning rate is inside the velocity: a change of rate acts on new gradients only.
 * @see Tieleman & Hinton 2012, Neural Networks for Machine Learning, lecture 6e
 */
export function rmsProp(
  { theta, gradient, learningRate, meanSquare, velocity }: RmsPropInputs,
  { decay, momentum, epsilon, epsilonPlacement }: RmsPropOptions = rmsPropDefaults,
): RmsPropState {
  const s = add(scale(meanSquare, decay), scale(mul(gradient, gradient), 1 - decay));
  const constant = theta.graph.scalar(epsilon);
  const root = epsilonPlacement === 'inside' ? sqrt(add(s, constant)) : add(sqrt(s), constant);
  const u = add(scale(velocity, momentum), mul(div(gradient, root), learningRate));
  return { theta: sub(theta, u), meanSquare: s, velocity: u };
}
