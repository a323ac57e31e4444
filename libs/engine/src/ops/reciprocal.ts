/** @file Reciprocal. */
import type { Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { scale } from './scale';
import { unary } from './unary';

export const reciprocalOp = defineOp({
  name: 'reciprocal',
  ...unary('Reciprocal', (x) => 1 / x),
  gradient: ({ outputs: [y] }, [d]) => [y && d ? mul(d, scale(mul(y, y), -1)) : null],
});

/** out = 1/x, for x ≠ 0. */
export const reciprocal = (x: Value): Value => apply(reciprocalOp, [x], {});
