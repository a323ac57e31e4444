/** @file Rectified linear unit. */
import type { Value } from '../graph/value';
import { greater } from './compare';
import { apply, defineOp } from './define-op';
import { mul } from './mul';
import { unary } from './unary';

export const reluOp = defineOp({
  name: 'relu',
  ...unary('Relu', (x) => Math.max(0, x)),
  gradient: ({ inputs: [x] }, [d]) => [x && d ? mul(d, greater(x, x.graph.scalar(0))) : null],
});

/** out = max(0, x). The derivative at the kink 0 is 0. @see Nair & Hinton 2010, ICML */
export const relu = (x: Value): Value => apply(reluOp, [x], {});
