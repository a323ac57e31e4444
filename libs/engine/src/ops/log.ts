/** @file Natural logarithm. */
import type { Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { div } from './div';
import { unary } from './unary';

export const logOp = defineOp({
  name: 'log',
  ...unary('Log', Math.log),
  gradient: ({ inputs: [x] }, [d]) => [x && d ? div(d, x) : null],
});

/** out = ln x, for x > 0; −∞ at 0 and NaN below. */
export const log = (x: Value): Value => apply(logOp, [x], {});
