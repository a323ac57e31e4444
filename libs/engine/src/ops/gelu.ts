/** @file Gaussian error linear unit, in its exact form. */
import type { Emitter } from '../graph/emitter';
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { mayUseContributed } from '../lowering/contributed';
import { add } from './add';
import { apply, defineOp, typeAt } from './define-op';
import { erf, erfOf } from './erf';
import { exp } from './exp';
import { mul } from './mul';
import { scale } from './scale';

/** The derivative Φ(x) + x·φ(x), with Φ = (1 + erf(x/√2))/2 and φ = e^(−x²/2)/√(2π). */
function slope(x: Value): Value {
  const half = x.graph.scalar(0.5);
  const cumulative = add(scale(erf(scale(x, Math.SQRT1_2)), 0.5), half);
  const density = exp(mul(x, scale(x, -0.5)));
  return add(cumulative, mul(x, scale(density, 1 / Math.sqrt(2 * Math.PI))));
}

function emitStandard(emitter: Emitter, x: string): string {
  const scaled = emitter.node('Mul', [x, emitter.scalar(Math.SQRT1_2)]);
  const doubled = emitter.node('Add', [emitter.node('Erf', [scaled]), emitter.scalar(1)]);
  return emitter.node('Mul', [emitter.node('Mul', [x, emitter.scalar(0.5)]), doubled]);
}

export const geluOp = defineOp({
  name: 'gelu',
  infer: (types) => [typeAt(types, 0)],
  gradient: ({ inputs: [x] }, [d]) => [x && d ? mul(d, slope(x)) : null],
  reference: ([x]) =>
    x ? [mapTensor(x, (value) => (value * (1 + erfOf(value * Math.SQRT1_2))) / 2)] : [],
  emit: (emitter, _node, [x = '']) => [
    mayUseContributed(emitter)
      ? emitter.node('Gelu', [x], { domain: 'com.microsoft' })
      : emitStandard(emitter, x),
  ],
});

/** out = x·Φ(x), Φ the standard normal distribution function. @see Hendrycks & Gimpel 2016, arXiv:1606.08415 §2 */
export const gelu = (x: Value): Value => apply(geluOp, [x], {});
