/** @file Matrix products, one or a batch of them, with optional transposes, so that both gradients are products again. */
import { ShapeError } from '@sextant/common';
import { dimsKey, sameDims, type Dim } from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import { sizeOf, zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import { plain, type TensorType, type Value } from '../graph/value';
import { apply, defineOp, describe, requireDim, typeAt } from './define-op';

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** [rows, columns] of the last two axes. */
function oriented({ dims, layout }: TensorType, transpose: boolean): readonly [Dim, Dim] {
  const [rows, columns] = dims.slice(-2);
  if (rows === undefined || columns === undefined || layout === 'feature') {
    throw new ShapeError(`${describe({ dtype: 'float32', dims, layout })} is no matrix`);
  }
  return transpose ? [columns, rows] : [rows, columns];
}

/** Matrices of a batch one after another: element (row, column) of matrix `which`. */
const elementOf = (x: Float64Tensor, transpose: boolean) => {
  const [rows = 1, columns = 1] = x.dims.slice(-2);
  return (which: number, row: number, column: number): number =>
    x.data[
      which * rows * columns + (transpose ? column * columns + row : row * columns + column)
    ] as number;
};

function transposed(emitter: Emitter, x: string, rank: number, isTransposed: boolean): string {
  if (!isTransposed) return x;
  const order = Array.from({ length: rank }, (_, axis) => axis);
  const ints = [...order.slice(0, -2), rank - 1, rank - 2];
  return emitter.node('Transpose', [x], { attributes: { perm: { ints } } });
}

export const matmulOp = defineOp<Transposes>({
  name: 'matmul',
  infer(types, { transposeA, transposeB }) {
    const [a, b] = [typeAt(types, 0), typeAt(types, 1)];
    const [m, k] = oriented(a, transposeA);
    const [inner, n] = oriented(b, transposeB);
    requireDim('inner size', inner, k);
    const [batchA, batchB] = [a.dims.slice(0, -2), b.dims.slice(0, -2)];
    if (!sameDims(batchA, batchB)) {
      throw new ShapeError(`batches [${dimsKey(batchA)}] and [${dimsKey(batchB)}] must be equal`);
    }
    return [plain([...batchA, m, n])];
  },
  gradient({ inputs: [a, b], attributes: { transposeA, transposeB } }, [d]) {
    if (!a || !b || !d) return [];
    const dA = transposeA ? matmul(b, d, transposeB, true) : matmul(d, b, false, !transposeB);
    const dB = transposeB ? matmul(d, a, true, transposeA) : matmul(a, d, !transposeA, false);
    return [dA, dB];
  },
  reference([a, b], { transposeA, transposeB }) {
    if (!a || !b) return [];
    const [m = 0, k = 0] = transposeA ? a.dims.slice(-2).reverse() : a.dims.slice(-2);
    const n = b.dims.at(transposeB ? -2 : -1) as number;
    const batch = a.dims.slice(0, -2);
    const [left, right] = [elementOf(a, transposeA), elementOf(b, transposeB)];
    const out = zerosOf([...batch, m, n]);
    for (let which = 0; which < sizeOf(batch); which++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let l = 0; l < k; l++) total += left(which, i, l) * right(which, l, j);
          out.data[(which * m + i) * n + j] = total;
        }
      }
    }
    return [out];
  },
  emit(emitter, { inputs: [value], attributes: { transposeA, transposeB } }, [a = '', b = '']) {
    const rank = value?.type.dims.length ?? 2;
    if (rank === 2) {
      const attributes = {
        transA: { int: Number(transposeA) },
        transB: { int: Number(transposeB) },
      };
      return [emitter.node('Gemm', [a, b], { attributes })];
    }
    const left = transposed(emitter, a, rank, transposeA);
    return [emitter.node('MatMul', [left, transposed(emitter, b, rank, transposeB)])];
  },
});

/**
 * out = A·B with A = aᵀ or a, B = bᵀ or b, the last two axes being the matrices.
 * Shapes: A [...,M,K], B [...,K,N] → out [...,M,N], plain; leading axes equal.
 * @throws {ShapeError} an operand is no matrix, or inner or leading sizes differ
 */
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  apply(matmulOp, [a, b], { transposeA, transposeB });
