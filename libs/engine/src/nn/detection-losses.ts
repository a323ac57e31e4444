/** @file Losses of a one-stage detector: which cells hold an object, and where its box is. */
import { ValidationError } from '@sextant/common';
import type { Dim } from '../graph/dims';
import type { Value } from '../graph/value';
import { add, sub } from '../ops/add';
import { abs } from '../ops/abs';
import { atLeast } from '../ops/compare';
import { div } from '../ops/div';
import { exp } from '../ops/exp';
import { log } from '../ops/log';
import { maximum, minimum } from '../ops/maximum';
import { mul } from '../ops/mul';
import { relu } from '../ops/relu';
import { scale } from '../ops/scale';
import { select } from '../ops/select';
import { sigmoid } from '../ops/sigmoid';
import { slice } from '../ops/slice';

/** log(1 + e^z) without overflow. */
function softplus(z: Value): Value {
  return add(relu(z), log(add(exp(scale(abs(z), -1)), z.graph.scalar(1))));
}

/**
 * out = −α·(1 − q)^γ·log q where the target is 1 and −(1 − α)·q^γ·log(1 − q) where it is 0, q = σ(logits), elementwise and
 * linear in targets between. γ = 2 as in the paper. Shapes: logits and targets of one type → out the same. Unit: nats.
 * @throws {ShapeError} types differ
 * @throws {ValidationError} α is outside [0, 1]
 * @see Lin et al. 2017, arXiv:1708.02002 §3
 */
export function sigmoidFocalLoss(logits: Value, targets: Value, alpha = 0.25): Value {
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new ValidationError(`sigmoidFocalLoss: alpha ${alpha} is not in [0, 1]`);
  }
  const one = logits.graph.scalar(1);
  const [hit, miss] = [sigmoid(logits), sigmoid(scale(logits, -1))];
  const positive = scale(mul(mul(miss, miss), softplus(scale(logits, -1))), alpha);
  const negative = scale(mul(mul(hit, hit), softplus(logits)), 1 - alpha);
  return add(mul(targets, positive), mul(add(scale(targets, -1), one), negative));
}

/**
 * out = ½·e²/β where |e| < β, else |e| − β/2, with e = x − target; elementwise. Shapes: of one type. β > 0.
 * @throws {ShapeError} types differ
 * @throws {ValidationError} β is not positive
 * @see Girshick 2015, arXiv:1504.08083 §2.3
 */
export function smoothL1(x: Value, target: Value, beta = 1): Value {
  if (!(beta > 0)) throw new ValidationError(`smoothL1: beta ${beta} must be positive`);
  const error = sub(x, target);
  const size = abs(error);
  const limit = x.graph.scalar(beta);
  const linear = sub(size, x.graph.scalar(beta / 2));
  return select(atLeast(size, limit), linear, scale(mul(error, error), 0.5 / beta));
}

/** Left, top, right, bottom of boxes [M,4], [M,1] each. */
function sides(boxes: Value): readonly [Value, Value, Value, Value] {
  const rows = boxes.type.dims[0] as Dim;
  const side = (which: number): Value => slice(boxes, [0, which], [rows, 1]);
  return [side(0), side(1), side(2), side(3)];
}

const area = (width: Value, height: Value): Value => mul(relu(width), relu(height));

/** Keeps ratios of empty boxes finite. */
const leastArea = 1e-9;

/**
 * Overlap of boxes [x₁, y₁, x₂, y₂], row by row. With I and U the areas of intersection and union and E that of the smallest
 * box around both: iou = I/U; giou = iou − (E − U)/E. Shapes: a and b [M,4] → [M,1] each; iou in [0, 1], giou in (−1, 1].
 * 1 − giou is the loss.
 * @throws {ShapeError} shapes differ
 * @see Rezatofighi et al. 2019, arXiv:1902.09630, Algorithm 1
 */
export function boxOverlap(a: Value, b: Value): { readonly iou: Value; readonly giou: Value } {
  const least = a.graph.scalar(leastArea);
  const [aLeft, aTop, aRight, aBottom] = sides(a);
  const [bLeft, bTop, bRight, bBottom] = sides(b);
  const shared = area(
    sub(minimum(aRight, bRight), maximum(aLeft, bLeft)),
    sub(minimum(aBottom, bBottom), maximum(aTop, bTop)),
  );
  const areas = add(
    area(sub(aRight, aLeft), sub(aBottom, aTop)),
    area(sub(bRight, bLeft), sub(bBottom, bTop)),
  );
  const union = maximum(sub(areas, shared), least);
  const around = maximum(
    area(
      sub(maximum(aRight, bRight), minimum(aLeft, bLeft)),
      sub(maximum(aBottom, bBottom), minimum(aTop, bTop)),
    ),
    least,
  );
  const iou = div(shared, union);
  return { iou, giou: sub(iou, div(sub(around, union), around)) };
}
