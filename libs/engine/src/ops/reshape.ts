/** @file Same elements, other dims; plain tensors only. */
import { ShapeError } from '@sextant/common';
import { dimsKey, isStatic, sameDims, type Dims } from '../graph/dims';
import { sizeOf } from '../graph/float64-tensor';
import { plain, type Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

export const reshapeOp = defineOp<{ dims: Dims }>({
  name: 'reshape',
  infer(types, { dims }) {
    const from = typeAt(types, 0);
    if (from.layout === 'feature') throw new ShapeError('a feature map has no fixed order');
    if (isStatic(from.dims) && isStatic(dims) && sizeOf(from.dims) !== sizeOf(dims)) {
      throw new ShapeError(
        `[${dimsKey(from.dims)}] has not as many elements as [${dimsKey(dims)}]`,
      );
    }
    return [plain(dims)];
  },
  gradient: ({ inputs: [x] }, [d]) => [x && d ? reshape(d, x.type.dims) : null],
  reference: ([x], { dims }, size) => (x ? [{ dims: dims.map(size), data: x.data }] : []),
  emit: (emitter, { attributes }, [x = '']) => [
    emitter.node('Reshape', [x, emitter.sizes(attributes.dims)]),
  ],
});

/** Row-major reinterpretation of a plain tensor. @throws {ShapeError} element counts differ */
export const reshape = (x: Value, dims: Dims): Value =>
  sameDims(x.type.dims, dims) ? x : apply(reshapeOp, [x], { dims });
