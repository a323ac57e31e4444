/** @file Product with a number known when the graph is built. */
import { mapTensor } from '../graph/float64-tensor';
import type { Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

export const scaleOp = defineOp<{ factor: number }>({
  name: 'scale',
  infer: (types) => [typeAt(types, 0)],
  gradient: ({ attributes }, [d]) => [d ? scale(d, attributes.factor) : null],
  reference: ([x], { factor }) => (x ? [mapTensor(x, (value) => value * factor)] : []),
  emit: (emitter, { attributes }, inputs) => [
    emitter.node('Mul', [...inputs, emitter.scalar(attributes.factor)]),
  ],
  anyStorage: true,
});

/** out = factor · x. */
export const scale = (x: Value, factor: number): Value => apply(scaleOp, [x], { factor });
