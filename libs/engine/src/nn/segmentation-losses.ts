/** @file Losses over the pixels of a map of class scores. */
import { productOf, type Dim } from '../graph/dims';
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { div } from '../ops/div';
import { divideBy } from '../ops/divide-by-count';
import { toPlain } from '../ops/layout';
import { logSoftmax } from '../ops/log-softmax';
import { maximum } from '../ops/maximum';
import { mul } from '../ops/mul';
import { reshape } from '../ops/reshape';
import { scale } from '../ops/scale';
import { softmax } from '../ops/softmax';
import { expand, sum, sumAll } from '../ops/sum';
import { transpose } from '../ops/transpose';

/** A map [N,K,H,W] as rows of classes [N·H·W, K]. */
function pixelRows(map: Value): Value {
  const [n, k, h, w] = map.type.dims as readonly [Dim, Dim, Dim, Dim];
  return reshape(transpose(toPlain(map), [0, 2, 3, 1]), [productOf([n, h, w]), k]);
}

/**
 * loss = −Σₚ m[p]·Σₖ t[p,k]·log softmax(logits)[p,k] / max(Σₚ m[p], 1) over all pixels p.
 * Shapes: logits and targets feature maps [N,K,H,W], targets a distribution per pixel; mask plain [N·H·W] of weights, 0
 * where a pixel is to be ignored → loss []. Unit: nats per counted pixel.
 * @throws {ShapeError} shapes differ
 */
export function pixelCrossEntropy(logits: Value, targets: Value, mask: Value): Value {
  const terms = mul(pixelRows(targets), logSoftmax(pixelRows(logits)));
  const perPixel = reshape(sum(terms, [1]), mask.type.dims);
  const counted = maximum(sumAll(mask), mask.graph.scalar(1));
  return scale(div(sumAll(mul(perPixel, mask)), counted), -1);
}

/**
 * loss = 1 − (1/K)·Σₖ (2·Σₚ m·q·t + ε)/(Σₚ m·q + Σₚ m·t + ε) with q = softmax(logits) per pixel.
 * Shapes: as in `pixelCrossEntropy`. In [0, 1].
 * @throws {ShapeError} shapes differ
 * @see Milletari et al. 2016, arXiv:1606.04797 §3 — Differs: sums in the denominator, not squares; classes averaged
 */
export function diceLoss(logits: Value, targets: Value, mask: Value, epsilon = 1): Value {
  const [probabilities, truth] = [softmax(pixelRows(logits)), pixelRows(targets)];
  const { graph, dims } = { graph: logits.graph, dims: truth.type.dims };
  const weights = expand(reshape(mask, [dims[0] as Dim, 1]), dims);
  const smooth = graph.scalar(epsilon);
  const weighted = mul(probabilities, weights);
  const overlap = add(scale(sum(mul(weighted, truth), [0]), 2), smooth);
  const size = add(sum(add(weighted, mul(truth, weights)), [0]), smooth);
  return sub(graph.scalar(1), divideBy(sumAll(div(overlap, size)), dims[1] as Dim));
}
