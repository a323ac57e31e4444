/** @file Hyperbolic tangent. */
import type { Value } from '../graph/value';
import { sub } from './add';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { unary } from './unary';

export const tanhOp = defineOp({
  name: 'tanh',
  ...unary('Tanh', Math.tanh),
  gradient: ({ outputs: [y] }, [d]) => [y && d ? sub(d, mul(d, mul(y, y))) : null],
});

/** out = tanh x, in [−1, 1]. */
export const tanh = (x: Value): Value => apply(tanhOp, [x], {});
