/** @file Shared shape rule, reference and emission of functions of two elements: equal types, or a scalar on the right. */
import type { Op } from '../graph/op';
import { mapTensor } from '../graph/float64-tensor';
import { requireSame, typeAt } from './define-op';

type BinaryParts = Pick<Op<object>, 'infer' | 'reference' | 'emit' | 'anyStorage'>;

/** out = f(a, b), elementwise; a and b of one type, or b a scalar []. */
export const elementwise = (opType: string, f: (a: number, b: number) => number): BinaryParts => ({
  infer(types) {
    const [a, b] = [typeAt(types, 0), typeAt(types, 1)];
    if (b.dims.length > 0) requireSame(a, b);
    return [a];
  },
  reference([a, b]) {
    if (!a || !b) return [];
    const scalar = b.dims.length === 0;
    return [mapTensor(a, (value, at) => f(value, b.data[scalar ? 0 : at] as number))];
  },
  emit: (emitter, _node, inputs) => [emitter.node(opType, inputs)],
  anyStorage: true,
});
