/** @file Feature maps at another resolution, and the adjoint. */
import type { Dim } from '../graph/dims';
import { zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import type { Op } from '../graph/op';
import { feature, type Value } from '../graph/value';
import { emitResize } from '../lowering/resampling';
import { apply, defineOp, featureDims, typeAt } from './define-op';
import { resamplingMatrix, transposedMatrix, type ResizeMode } from '../graph/resampling-matrix';

interface Resize {
  readonly height: Dim;
  readonly width: Dim;
  readonly mode: ResizeMode;
  /** Rᵀ of the resize from [height, width] to x's size. */
  readonly isAdjoint: boolean;
}

const matrixOf = (from: number, to: number, { mode, isAdjoint }: Resize): Float64Array =>
  isAdjoint
    ? transposedMatrix(resamplingMatrix(to, from, mode), from, to)
    : resamplingMatrix(from, to, mode);

/** Y = L·X·Rᵀ for every plane of [N,C,H,W]. */
export function resizeReference(
  x: Float64Tensor,
  [rows, columns]: readonly [number, number],
  [left, right]: readonly [Float64Array, Float64Array],
): Float64Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = x.dims;
  const out = zerosOf([n, c, rows, columns]);
  for (let plane = 0; plane < n * c; plane++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let total = 0;
        for (let row = 0; row < h; row++) {
          const weight = left[i * h + row] as number;
          if (weight === 0) continue;
          for (let column = 0; column < w; column++) {
            const pixel = x.data[(plane * h + row) * w + column] as number;
            total += weight * (right[j * w + column] as number) * pixel;
          }
        }
        out.data[(plane * rows + i) * columns + j] = total;
      }
    }
  }
  return out;
}

export const resizeOp: Op<Resize> = defineOp({
  name: 'resize',
  infer(types, { height, width }) {
    const [n, c] = featureDims(typeAt(types, 0));
    return [feature([n, c, height, width])];
  },
  gradient({ inputs: [x], attributes }, [d]) {
    if (!x || !d) return [null];
    const [, , height, width] = featureDims(x.type);
    return [
      apply(resizeOp, [d], { ...attributes, height, width, isAdjoint: !attributes.isAdjoint }),
    ];
  },
  reference([x], attributes, size) {
    if (!x) return [];
    const [, , h = 0, w = 0] = x.dims;
    const to = [size(attributes.height), size(attributes.width)] as const;
    return [
      resizeReference(x, to, [matrixOf(h, to[0], attributes), matrixOf(w, to[1], attributes)]),
    ];
  },
  emit(emitter, { inputs: [value], attributes }, [x = '']) {
    if (!value) return [];
    const { height, width, mode, isAdjoint } = attributes;
    const [, , h, w] = featureDims(value.type);
    const sizes = [
      [h, w],
      [height, width],
    ] as const;
    return [emitResize(emitter, x, sizes, mode, isAdjoint)];
  },
});

/**
 * out = R_h·x·R_wᵀ on every channel, R the resampling by `mode` with half-pixel centres and repeated edges (bicubic: Keys'
 * kernel, a = −0.75); no anti-aliasing. Shapes: x [N,C,H,W] → out [N,C,height,width]; run-time sizes need known choices.
 */
export const resize = (x: Value, height: Dim, width: Dim, mode: ResizeMode): Value =>
  apply(resizeOp, [x], { height, width, mode, isAdjoint: false });
