/** @file Absolute value. */
import type { Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { sign } from './sign';
import { unary } from './unary';

export const absOp = defineOp({
  name: 'abs',
  ...unary('Abs', Math.abs),
  gradient: ({ inputs: [x] }, [d]) => [x && d ? mul(d, sign(x)) : null],
});

/** out = |x|. The derivative is sign x, so 0 at the kink. */
export const abs = (x: Value): Value => apply(absOp, [x], {});
