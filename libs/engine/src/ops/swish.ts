/** @file Swish, also called SiLU. */
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { mayUseContributed } from '../lowering/contributed';
import { add, sub } from './add';
import { apply, defineOp, typeAt } from './define-op';
import { mul } from './mul';
import { sigmoid } from './sigmoid';

export const swishOp = defineOp({
  name: 'swish',
  infer: (types) => [typeAt(types, 0)],

  /** With s = σ(x) and y = x·s: dy/dx = s + x·s·(1 − s) = s + y − y·s. */
  gradient({ inputs: [x], outputs: [y] }, [d]) {
    if (!x || !y || !d) return [null];
    const s = sigmoid(x);
    return [mul(d, add(s, sub(y, mul(y, s))))];
  },

  reference: ([x]) => (x ? [mapTensor(x, (value) => value / (1 + Math.exp(-value)))] : []),

  emit(emitter, _node, [x = '']) {
    if (!mayUseContributed(emitter)) {
      return [emitter.node('Mul', [x, emitter.node('Sigmoid', [x])])];
    }
    const options = { domain: 'com.microsoft', attributes: { alpha: { float: 1 } } };
    return [emitter.node('QuickGelu', [x], options)];
  },
});

/** out = x/(1 + e⁻ˣ). @see Ramachandran et al. 2017, arXiv:1710.05941 (β = 1); Elfwing et al. 2017, arXiv:1702.03118 */
export const swish = (x: Value): Value => apply(swishOp, [x], {});
