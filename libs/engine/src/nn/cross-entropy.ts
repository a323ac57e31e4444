/** @file Cross-entropy with soft targets: classification with label smoothing, and distillation. */
import { ValidationError } from '@sextant/common';
import type { Dim } from '../graph/dims';
import type { Value } from '../graph/value';
import { add } from '../ops/add';
import { divideBy } from '../ops/divide-by-count';
import { logSoftmax } from '../ops/log-softmax';
import { mul } from '../ops/mul';
import { scale } from '../ops/scale';
import { batchMean } from './batch-mean';

/** t' = (1 − ε)·t + ε/K. Shapes: t [N,K]. */
function smoothed(targets: Value, smoothing: number): Value {
  if (smoothing === 0) return targets;
  const floor = divideBy(targets.graph.scalar(smoothing), targets.type.dims[1] as Dim);
  return add(scale(targets, 1 - smoothing), floor);
}

/**
 * loss = −(1/N)·Σₙₖ t'[n,k]·log softmax(logits)[n,k] with t' = (1 − ε)·t + ε/K and ε = `labelSmoothing`, in [0, 1].
 * Shapes: logits and targets [N,K], each row of targets a distribution → loss []; N and K may be run-time sizes.
 * Unit: nats per row.
 * @throws {ShapeError} logits and targets differ, or are no matrices
 * @throws {ValidationError} labelSmoothing is not in [0, 1]
 * @see Szegedy et al. 2016, arXiv:1512.00567 §7 — label smoothing
 */
export function crossEntropy(logits: Value, targets: Value, labelSmoothing = 0): Value {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new ValidationError(`crossEntropy: label smoothing ${labelSmoothing} is not in [0, 1]`);
  }
  const terms = mul(smoothed(targets, labelSmoothing), logSoftmax(logits));
  return scale(batchMean(terms), -1);
}
