/** @file Square root. */
import type { Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { div } from './div';
import { scale } from './scale';
import { unary } from './unary';

export const sqrtOp = defineOp({
  name: 'sqrt',
  ...unary('Sqrt', Math.sqrt),
  gradient: ({ outputs: [y] }, [d]) => [y && d ? div(scale(d, 0.5), y) : null],
});

/** out = √x, for x ≥ 0. The derivative 1/(2√x) is infinite at 0. */
export const sqrt = (x: Value): Value => apply(sqrtOp, [x], {});
