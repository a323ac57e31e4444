/** @file How far a network's distribution is from a target's. */
import type { Value } from '../graph/value';
import { sub } from '../ops/add';
import { log } from '../ops/log';
import { logSoftmax } from '../ops/log-softmax';
import { maximum } from '../ops/maximum';
import { mul } from '../ops/mul';
import { batchMean } from './batch-mean';

/** Least normal float32: p·log p is 0 at p = 0 once the logarithm is finite there. */
const leastNormal = 2 ** -126;

/**
 * KL(p ‖ q) = (1/N)·Σₙₖ p[n,k]·(log p[n,k] − log q[n,k]) with q = softmax(logits) and p = targets; 0·log 0 = 0.
 * Shapes: logits and targets [N,K], each row of targets a distribution → out [], ≥ 0; N may be a run-time size.
 * Unit: nats per row. Into the logits flows the gradient of the cross-entropy: (q − p)/N.
 * @throws {ShapeError} logits and targets differ, or are no matrices
 * @see Hinton et al. 2015, arXiv:1503.02531 §2 — distillation
 */
export function klDivergence(logits: Value, targets: Value): Value {
  const logTargets = log(maximum(targets, targets.graph.scalar(leastNormal)));
  return batchMean(mul(targets, sub(logTargets, logSoftmax(logits))));
}
