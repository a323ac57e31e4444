/** @file Values that a gradient does not see through, or sees another value behind. */
import { apply, defineOp, requireSame, typeAt } from '../ops/define-op';
import type { Value } from '../graph/value';

export const stopGradientOp = defineOp({
  name: 'stopGradient',
  infer: (types) => [typeAt(types, 0)],
  reference: ([x]) => (x ? [x] : []),
  emit: (_emitter, _node, [x = '']) => [x],
});

export const straightThroughOp = defineOp({
  name: 'straightThrough',
  infer(types) {
    requireSame(typeAt(types, 0), typeAt(types, 1));
    return [typeAt(types, 0)];
  },
  gradient: (_node, [d]) => [null, d ?? null],
  reference: ([hard]) => (hard ? [hard] : []),
  emit: (_emitter, _node, [hard = '']) => [hard],
});

/** out = x, with ∂out/∂x taken as 0. Costs nothing at run time. */
export const stopGradient = (x: Value): Value => apply(stopGradientOp, [x], {});

/**
 * out = hard, with ∂out/∂soft taken as the identity and ∂out/∂hard as 0. Costs nothing at run time.
 * @throws {ShapeError} types differ
 * @see Bengio et al. 2013, arXiv:1308.3432 §4 — the straight-through estimator
 */
export const straightThrough = (hard: Value, soft: Value): Value =>
  apply(straightThroughOp, [hard, soft], {});
