/** @file Logistic sigmoid. */
import type { Value } from '../graph/value';
import { sub } from './add';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { unary } from './unary';

export const sigmoidOp = defineOp({
  name: 'sigmoid',
  ...unary('Sigmoid', (x) => 1 / (1 + Math.exp(-x))),
  gradient: ({ outputs: [y] }, [d]) => [y && d ? mul(d, sub(y, mul(y, y))) : null],
});

/** out = 1/(1 + e⁻ˣ), in [0, 1]; no overflow for any finite x. */
export const sigmoid = (x: Value): Value => apply(sigmoidOp, [x], {});
