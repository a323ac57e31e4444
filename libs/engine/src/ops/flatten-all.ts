/** @file Flat concatenation: many tensors as one vector, in the order given. */
import { isStatic } from '../graph/dims';
import { ShapeError } from '@sextant/common';
import { sizeOf } from '../graph/float64-tensor';
import { plain, type Value } from '../graph/value';
import { apply, defineOp } from './define-op';
import { reshape } from './reshape';
import { slice } from './slice';

const lengthOf = (value: { readonly dims: readonly unknown[] }): number => {
  const dims = value.dims as readonly number[];
  return sizeOf(dims);
};

export const flattenAllOp = defineOp({
  name: 'flattenAll',
  infer(types) {
    for (const type of types) {
      if (!isStatic(type.dims) || type.layout === 'feature') {
        throw new ShapeError('only plain tensors of known size can be laid end to end');
      }
    }
    return [plain([types.reduce((total, type) => total + lengthOf(type), 0)])];
  },
  gradient({ inputs }, [d]) {
    if (!d) return [];
    let offset = 0;
    return inputs.map(({ type }) => {
      const length = lengthOf(type);
      const part = slice(d, [offset], [length]);
      offset += length;
      return reshape(part, type.dims);
    });
  },
  reference(inputs) {
    const data = Float64Array.from(inputs.flatMap((input) => [...input.data]));
    return [{ dims: [data.length], data }];
  },
  emit(emitter, _node, inputs) {
    const flat = inputs.map((name) => emitter.node('Reshape', [name, emitter.ints([-1])]));
    return [emitter.node('Concat', flat, { attributes: { axis: { int: 0 } } })];
  },
});

/** The elements of all tensors, row-major, end to end. @throws {ShapeError} a size is not known */
export const flattenAll = (values: readonly Value[]): Value => apply(flattenAllOp, values, {});
