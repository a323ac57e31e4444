/** @file Exponential. */
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';
import { mul } from './mul';

export const expOp = defineOp({
  name: 'exp',
  infer: (types) => [typeAt(types, 0)],
  gradient: ({ outputs: [y] }, [d]) => [d && y ? mul(d, y) : null],
  reference: ([x]) => (x ? [mapTensor(x, Math.exp)] : []),
  emit: (emitter, _node, inputs) => [emitter.node('Exp', inputs)],
});

/** out = eˣ. float32 overflows above x ≈ 88.7. */
export const exp = (x: Value): Value => apply(expOp, [x], {});
