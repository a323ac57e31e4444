/** @file Gradient clipping: element by element, or of the whole vector's length. */
import type { Value } from '../graph/value';
import { clip } from '../ops/clip';
import { div } from '../ops/div';
import { maximum } from '../ops/maximum';
import { mul } from '../ops/mul';
import { sqrt } from '../ops/sqrt';
import { sumAll } from '../ops/sum';

/** g' = min(c, max(−c, g)) element by element, c = `limit` > 0. Shapes: [P] → [P]. */
export const clipByValue = (gradient: Value, limit: number): Value => clip(gradient, -limit, limit);

/**
 * g' = g·min(1, c/‖g‖₂), c = `limit` > 0, ‖·‖ over all of g. Shapes: [P] → [P]. Valid for ‖g‖² < 3.4e38, float32's
 * largest; above, g' is 0.
 * @see Pascanu et al. 2013, arXiv:1211.5063 §3.2
 */
export function clipByGlobalNorm(gradient: Value, limit: number): Value {
  const c = gradient.graph.scalar(limit);
  const norm = sqrt(sumAll(mul(gradient, gradient)));
  return mul(gradient, div(c, maximum(norm, c)));
}
