/** @file Shared shape rule, reference and emission of functions applied to every element of one tensor. */
import { mapTensor } from '../graph/float64-tensor';
import type { Op } from '../graph/op';
import { typeAt } from './define-op';

type UnaryParts = Pick<Op<object>, 'infer' | 'reference' | 'emit' | 'anyStorage'>;

/** out = f(x), elementwise, of x's type; `opType` is the ONNX operator that computes f. */
export const unary = (opType: string, f: (x: number) => number): UnaryParts => ({
  anyStorage: Number.isFinite(f(0)),
  infer: (types) => [typeAt(types, 0)],
  reference: ([x]) => (x ? [mapTensor(x, f)] : []),
  emit: (emitter, _node, inputs) => [emitter.node(opType, inputs)],
});
