/** @file Inner products of the images of a batch with each other: what two images have in common. */
import { productOf, type Dim } from '../graph/dims';
import { sizeOf, zerosOf } from '../graph/float64-tensor';
import { plain, type Value } from '../graph/value';
import { staticSizes } from '../lowering/blocked';
import { batchFirst } from '../lowering/stored-order';
import { add } from './add';
import { apply, defineOp, typeAt } from './define-op';
import { toFeature, toPlain } from './layout';
import { matmul } from './matmul';
import { reshape } from './reshape';
import { transpose } from './transpose';

export const sampleProductsOp = defineOp({
  name: 'sampleProducts',
  infer(types) {
    const n = typeAt(types, 0).dims[0] as Dim;
    return [plain([n, n])];
  },
  gradient({ inputs: [x] }, [d]) {
    if (!x || !d) return [null];
    const isMap = x.type.layout === 'feature';
    const { dims } = x.type;
    const rows = reshape(isMap ? toPlain(x) : x, [dims[0] as Dim, productOf(dims.slice(1))]);
    const dX = reshape(matmul(add(d, transpose(d, [1, 0])), rows), dims);
    return [isMap ? toFeature(dX) : dX];
  },
  reference([x]) {
    if (!x) return [];
    const n = x.dims[0] as number;
    const length = sizeOf(x.dims) / n;
    const out = zerosOf([n, n]);
    out.data.forEach((_, at) => {
      const [a, b] = [Math.floor(at / n) * length, (at % n) * length];
      let total = 0;
      for (let i = 0; i < length; i++)
        total += (x.data[a + i] as number) * (x.data[b + i] as number);
      out.data[at] = total;
    });
    return [out];
  },
  emit(emitter, { inputs: [value] }, [x = '']) {
    if (!value) return [];
    const images = value.type.layout === 'feature' ? batchFirst(emitter, x) : x;
    const { dims } = value.type;
    const sizes = emitter.sizes([dims[0] as Dim, productOf(dims.slice(1))]);
    const rows = emitter.node('Reshape', [images, sizes]);
    return [emitter.node('Gemm', [rows, rows], { attributes: { transB: { int: 1 } } })];
  },
  /** The order of an image's elements does not matter, and what fills up the last block must be 0. */
  emitBlocked(emitter, { inputs: [value] }) {
    const sizes = staticSizes(value);
    const size = emitter.lowering.blockChannels;
    if (value?.type.layout !== 'feature' || !sizes || !size || sizes[1] % size !== 0) return null;
    const map = emitter.stored(value, 'blocked');
    const rows = emitter.node('Reshape', [map, emitter.ints([sizes[0], -1])]);
    const name = emitter.node('Gemm', [rows, rows], { attributes: { transB: { int: 1 } } });
    return [{ name, storage: 'ordered' }];
  },
});

/** out[n,m] = Σ x[n,…]·x[m,…]. Shapes: x [N,…] → out [N,N], symmetric. */
export const sampleProducts = (x: Value): Value => apply(sampleProductsOp, [x], {});
