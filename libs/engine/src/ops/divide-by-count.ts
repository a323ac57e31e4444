/** @file Division by a number of elements, such as a batch or a channel has, known only at run time. */
import { dimKey, productOf, type Dim } from '../graph/dims';
import { mapTensor } from '../graph/float64-tensor';
import type { Op } from '../graph/op';
import type { Value } from '../graph/value';
import { apply, defineOp, featureDims, typeAt } from './define-op';

interface Count {
  readonly count: Dim;
  readonly factor: number;
}

export const divideByCountOp: Op<Count> = defineOp({
  name: 'divideByCount',
  infer: (types) => [typeAt(types, 0)],
  gradient: ({ attributes }, [d]) => [d ? apply(divideByCountOp, [d], attributes) : null],
  reference: ([v], { count, factor }, size) =>
    v ? [mapTensor(v, (value) => (value * factor) / size(count))] : [],
  emit(emitter, { attributes: { count, factor } }, [v = '']) {
    if (typeof count === 'number')
      return [emitter.node('Mul', [v, emitter.scalar(factor / count)])];
    const divisor = emitter.shared(`count ${dimKey(count)}`, (shared) =>
      shared.node('Squeeze', [
        shared.node('Cast', [shared.sizes([count])], { attributes: { to: { int: 1 } } }),
      ]),
    );
    const scaled = factor === 1 ? v : emitter.node('Mul', [v, emitter.scalar(factor)]);
    return [emitter.node('Div', [scaled, divisor])];
  },
});

/** out = factor · v / M, M = N·H·W of the feature map `x`. */
export const scaleByCount = (v: Value, x: Value, factor: number): Value => {
  const [n, , h, w] = featureDims(x.type);
  return apply(divideByCountOp, [v], { count: productOf([n, h, w]), factor });
};

/** out = v / count, of v's type. */
export const divideBy = (v: Value, count: Dim): Value =>
  apply(divideByCountOp, [v], { count, factor: 1 });
