/** @file Sign. */
import type { Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { unary } from './unary';

export const signOp = defineOp({ name: 'sign', ...unary('Sign', Math.sign) });

/** out = −1, 0 or 1 as x is below, at or above 0. Piecewise constant: no gradient flows. */
export const sign = (x: Value): Value => apply(signOp, [x], {});
