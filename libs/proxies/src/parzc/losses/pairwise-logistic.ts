/** @file Every pair as a classification: which of the two is better? */
import {
  abs,
  add,
  div,
  exp,
  log,
  maximum,
  mul,
  scale,
  sign,
  sumAll,
  type Value,
} from '@sextant/engine';
import { pairDifferences } from './pair-differences';

/** log(1 + eᶻ) without overflow; its slope at 0 is exactly ½. */
function softplus(z: Value): Value {
  const magnitude = abs(z);
  const tail = log(add(exp(scale(magnitude, -1)), z.graph.scalar(1)));
  return add(scale(add(z, magnitude), 0.5), tail);
}

/**
 * loss = mean of log(1 + e^(−(x_i−x_j)·sign(y_i−y_j))) over the pairs with y_i ≠ y_j; 0 where there is none.
 * Shapes: x and y [N] → []. Unit: nats per pair; log 2 for scores that say nothing.
 * @throws {ShapeError} x or y is no vector, or their sizes differ
 * @see Burges et al. 2005, Learning to rank using gradient descent, §3. Differs from ParZC's code: ties of y are left out, where
 * each adds log 2 there.
 */
export function pairwiseLogistic(x: Value, y: Value): Value {
  const order = sign(pairDifferences(y));
  const counted = mul(order, order);
  const terms = mul(counted, softplus(scale(mul(pairDifferences(x), order), -1)));
  return div(sumAll(terms), maximum(sumAll(counted), x.graph.scalar(1)));
}
