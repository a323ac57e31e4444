/** @file Samples of a categorical distribution that a gradient can pass through. */
import { ValidationError } from '@sextant/common';
import { straightThrough } from '../autodiff/stop-gradient';
import type { Value } from '../graph/value';
import { sub } from '../ops/add';
import { div } from '../ops/div';
import { log } from '../ops/log';
import { maximum } from '../ops/maximum';
import { oneHotMax } from '../ops/one-hot-max';
import { scale } from '../ops/scale';
import { softmax } from '../ops/softmax';

/** `fillUniform` draws multiples of 2⁻²⁴, among them 0, whose logarithm is −∞. */
const leastUniform = 2 ** -25;

/**
 * y = softmax((logits + g)/τ), g = −log(−log u) with u uniform in [0, 1) (`fillUniform`). Shapes: logits and uniform
 * [...,K], K possibly a run-time size; τ > 0, a number or a scalar value [] that can be annealed. With `hard`, out is
 * one-hot at the largest, which is an exact sample of softmax(logits), and its gradient that of y (straight-through).
 * @throws {ValidationError} τ is a number that is not positive
 * @throws {ShapeError} logits and uniform differ
 * @see Jang et al. 2017, arXiv:1611.01144 §2; Maddison et al. 2017, arXiv:1611.00712
 */
export function gumbelSoftmax(
  logits: Value,
  uniform: Value,
  temperature: number | Value,
  hard: boolean,
): Value {
  if (typeof temperature === 'number' && !(temperature > 0)) {
    throw new ValidationError(`gumbelSoftmax: temperature ${temperature} must be positive`);
  }
  const { graph } = logits;
  const exponential = scale(log(maximum(uniform, graph.scalar(leastUniform))), -1);
  const perturbed = sub(logits, log(exponential));
  const soft = softmax(
    typeof temperature === 'number'
      ? scale(perturbed, 1 / temperature)
      : div(perturbed, temperature),
  );
  return hard ? straightThrough(oneHotMax(soft), soft) : soft;
}
