/** @file A plain tensor of zeros with the dims of another value. */
import { zerosOf } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

export const zerosLikeOp = defineOp({
  name: 'zerosLike',
  infer: (types) => [typeAt(types, 0)],
  reference: ([x]) => (x ? [zerosOf(x.dims)] : []),
  emit: (emitter, _node, [x = '']) => [
    emitter.node('ConstantOfShape', [emitter.node('Shape', [x])]),
  ],
  anyStorage: true,
});

/** Zeros of x's type. */
export const zerosLike = (x: Value): Value => apply(zerosLikeOp, [x], {});
