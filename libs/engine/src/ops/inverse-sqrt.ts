/** @file Reciprocal square root, as normalisation uses it. */
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';
import { mul } from './mul';
import { scale } from './scale';

export const inverseSqrtOp = defineOp<{ epsilon: number }>({
  name: 'inverseSqrt',
  infer: (types) => [typeAt(types, 0)],
  gradient({ outputs: [y] }, [d]) {
    if (!d || !y) return [null];
    return [scale(mul(d, mul(y, mul(y, y))), -0.5)];
  },
  reference: ([x], { epsilon }) =>
    x ? [mapTensor(x, (value) => 1 / Math.sqrt(value + epsilon))] : [],
  emit(emitter, { attributes }, inputs) {
    const shifted = emitter.node('Add', [...inputs, emitter.scalar(attributes.epsilon)]);
    return [emitter.node('Reciprocal', [emitter.node('Sqrt', [shifted])])];
  },
});

/** out = (x + epsilon)^(−1/2), for x + epsilon > 0. */
export const inverseSqrt = (x: Value, epsilon: number): Value =>
  apply(inverseSqrtOp, [x], { epsilon });
