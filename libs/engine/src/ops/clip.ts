/** @file Clamping, and the indicator that is its derivative. ReLU6 is clip(x, 0, 6). */
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, requireSame, typeAt } from './define-op';
import { mul } from './mul';

interface Bounds {
  readonly min: number;
  readonly max: number;
}

export const clipOp = defineOp<Bounds>({
  name: 'clip',
  infer: (types) => [typeAt(types, 0)],
  gradient({ inputs: [x], outputs: [y] }, [d]) {
    return [x && y && d ? mul(d, equals(x, y)) : null];
  },
  reference: ([x], { min, max }) =>
    x ? [mapTensor(x, (value) => Math.min(max, Math.max(min, value)))] : [],
  emit: (emitter, { attributes: { min, max } }, inputs) => [
    emitter.node('Clip', [...inputs, emitter.scalar(min), emitter.scalar(max)]),
  ],
  anyStorage: true,
});

export const equalsOp = defineOp({
  name: 'equals',
  infer(types) {
    requireSame(typeAt(types, 0), typeAt(types, 1));
    return [typeAt(types, 0)];
  },
  reference: ([a, b]) =>
    a && b ? [mapTensor(a, (value, at) => Number(value === b.data[at]))] : [],
  emit: (emitter, _node, inputs) => [
    emitter.node('Cast', [emitter.node('Equal', inputs)], { attributes: { to: { int: 1 } } }),
  ],
  anyStorage: true,
});

/**
 * out = min(max, max(min, x)). The derivative is 1 where x is inside or on a bound, else 0: at the two kinks the
 * inner one-sided derivative is taken.
 */
export const clip = (x: Value, min: number, max: number): Value => apply(clipOp, [x], { min, max });

/** out = min(6, max(0, x)). @see Howard et al. 2017, arXiv:1704.04861 */
export const relu6 = (x: Value): Value => clip(x, 0, 6);

/** out = 1 where a = b, else 0, as float32. Piecewise constant: no gradient flows. */
export const equals = (a: Value, b: Value): Value => apply(equalsOp, [a, b], {});
