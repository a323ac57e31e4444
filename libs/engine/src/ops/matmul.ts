/** @file Matrix product with optional transposes, so that its two gradients are matrix products again. */
import type { Dim } from '../graph/dims';
import { zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import { plain, type TensorType, type Value } from '../graph/value';
import { apply, defineOp, requireDim, typeAt } from './define-op';

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const oriented = (type: TensorType, transpose: boolean): readonly [Dim, Dim] => {
  const [rows, columns] = type.dims as readonly [Dim, Dim];
  return transpose ? [columns, rows] : [rows, columns];
};

const at = (x: Float64Tensor, transpose: boolean, row: number, column: number): number =>
  x.data[
    transpose ? column * (x.dims[1] as number) + row : row * (x.dims[1] as number) + column
  ] as number;

export const matmulOp = defineOp<Transposes>({
  name: 'matmul',
  infer(types, { transposeA, transposeB }) {
    const [m, k] = oriented(typeAt(types, 0, 2), transposeA);
    const [inner, n] = oriented(typeAt(types, 1, 2), transposeB);
    requireDim('inner size', inner, k);
    return [plain([m, n])];
  },
  gradient({ inputs: [a, b], attributes: { transposeA, transposeB } }, [d]) {
    if (!a || !b || !d) return [];
    const dA = transposeA ? matmul(b, d, transposeB, true) : matmul(d, b, false, !transposeB);
    const dB = transposeB ? matmul(d, a, true, transposeA) : matmul(a, d, !transposeA, false);
    return [dA, dB];
  },
  reference([a, b], { transposeA, transposeB }) {
    if (!a || !b) return [];
    const [m = 0, k = 0] = transposeA ? [...a.dims].reverse() : a.dims;
    const n = (transposeB ? b.dims[0] : b.dims[1]) ?? 0;
    const out = zerosOf([m, n]);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let l = 0; l < k; l++) total += at(a, transposeA, i, l) * at(b, transposeB, l, j);
        out.data[i * n + j] = total;
      }
    }
    return [out];
  },
  emit: (emitter, { attributes: { transposeA, transposeB } }, inputs) => [
    emitter.node('Gemm', inputs, {
      attributes: { transA: { int: Number(transposeA) }, transB: { int: Number(transposeB) } },
    }),
  ],
});

/**
 * out = A·B with A = aᵀ or a, B = bᵀ or b. Shapes: A [M,K], B [K,N] → out [M,N].
 * @throws {ShapeError} ranks are not 2 or the inner sizes differ
 */
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  apply(matmulOp, [a, b], { transposeA, transposeB });
