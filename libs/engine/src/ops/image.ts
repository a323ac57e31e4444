/** @file From raw pixels to a normalised feature map at the resolution an architecture asks for. */
import { ShapeError } from '@sextant/common';
import { dimsKey, isStatic, sameDims, type Dim } from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import { zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import { feature, type Value } from '../graph/value';
import { apply, defineOp, typeAt } from './define-op';

interface ImageAttributes {
  /** Per channel, of pixels / 255. */
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
  readonly height: Dim;
  readonly width: Dim;
}

/** Keys' cubic kernel with a = −0.75, as ONNX Resize defines it. */
function cubic(t: number): number {
  const a = -0.75;
  const x = Math.abs(t);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}

/** One axis of half-pixel bicubic resampling: for each target, four sources (edges repeated) and weights. */
function taps(from: number, to: number): { source: number; weight: number }[][] {
  return Array.from({ length: to }, (_, target) => {
    const centre = ((target + 0.5) * from) / to - 0.5;
    const first = Math.floor(centre) - 1;
    return [0, 1, 2, 3].map((i) => ({
      source: Math.min(from - 1, Math.max(0, first + i)),
      weight: cubic(centre - (first + i)),
    }));
  });
}

function resizeReference(x: Float64Tensor, height: number, width: number): Float64Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = x.dims;
  if (h === height && w === width) return x;
  const [rows, columns] = [taps(h, height), taps(w, width)];
  const out = zerosOf([n, c, height, width]);
  for (let plane = 0; plane < n * c; plane++) {
    rows.forEach((rowTaps, i) =>
      columns.forEach((columnTaps, j) => {
        let total = 0;
        for (const row of rowTaps) {
          for (const column of columnTaps) {
            const pixel = x.data[(plane * h + row.source) * w + column.source] as number;
            total += row.weight * column.weight * pixel;
          }
        }
        out.data[(plane * height + i) * width + j] = total;
      }),
    );
  }
  return out;
}

/** R[target, source]: bicubic resampling of one axis is linear, hence a matrix. Row-major [to, from]. */
function resizeMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  taps(from, to).forEach((row, target) => {
    for (const { source, weight } of row) {
      const at = target * from + source;
      matrix[at] = (matrix[at] as number) + weight;
    }
  });
  return matrix;
}

/** Y = R_h·X·R_wᵀ: two small products, several times faster than a resampling kernel on small images. */
function emitResize(
  emitter: Emitter,
  x: string,
  from: readonly Dim[],
  to: readonly [Dim, Dim],
): string {
  const [h, w] = from as readonly [number, number];
  const isSquare = h === w && sameDims([to[0]], [to[1]]);
  return emitter.dispatch(isSquare ? [to[0]] : to, (branch, values) => {
    const [rows = 0, columns = rows] = values;
    if (rows === h && columns === w) return branch.node('Identity', [x]);
    const along = branch.floats(transposed(resizeMatrix(w, columns), columns, w), [w, columns]);
    const across = branch.floats(resizeMatrix(h, rows), [rows, h]);
    return branch.node('MatMul', [across, branch.node('MatMul', [x, along])]);
  });
}

const transposed = (matrix: Float32Array, rows: number, columns: number): Float32Array =>
  matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] as number);

export const imageOp = defineOp<ImageAttributes>({
  name: 'image',
  infer(types, { mean, standardDeviation, height, width }) {
    const pixels = typeAt(types, 0, 4);
    const [n, c] = pixels.dims as readonly [Dim, Dim, Dim, Dim];
    if (pixels.dtype !== 'uint8')
      throw new ShapeError(`pixels are ${pixels.dtype}, expected uint8`);
    if (!isStatic(pixels.dims.slice(2)))
      throw new ShapeError('the size of the images must be known');
    if (mean.length !== c || standardDeviation.length !== c) {
      throw new ShapeError(`${mean.length} means for ${dimsKey([c])} channels`);
    }
    return [feature([n, c, height, width])];
  },
  reference([pixels], { mean, standardDeviation, height, width }, size) {
    if (!pixels) return [];
    const [, c = 1, h = 1, w = 1] = pixels.dims;
    const normalised = zerosOf(pixels.dims);
    pixels.data.forEach((value, at) => {
      const channel = Math.floor(at / (h * w)) % c;
      const centred = value / 255 - (mean[channel] as number);
      normalised.data[at] = centred / (standardDeviation[channel] as number);
    });
    return [resizeReference(normalised, size(height), size(width))];
  },
  emit(emitter, { inputs: [value], attributes }, [pixels = '']) {
    const { mean, standardDeviation, height, width } = attributes;
    const perChannel = (values: readonly number[]): string =>
      emitter.floats(values, [1, values.length, 1, 1]);
    const floats = emitter.node('Cast', [pixels], { attributes: { to: { int: 1 } } });
    const scaled = emitter.node('Mul', [
      floats,
      perChannel(standardDeviation.map((deviation) => 1 / (255 * deviation))),
    ]);
    const offset = mean.map((m, channel) => m / (standardDeviation[channel] as number));
    const normalised = emitter.node('Sub', [scaled, perChannel(offset)]);
    const from = value?.type.dims.slice(2) as readonly Dim[];
    const resized = sameDims(from, [height, width])
      ? normalised
      : emitResize(emitter, normalised, from, [height, width]);
    if (emitter.lowering.featureOrder === 'NCHW') return [resized];
    return [emitter.node('Transpose', [resized], { attributes: { perm: { ints: [1, 0, 2, 3] } } })];
  },
});

/**
 * out = resize((pixels/255 − mean)/standardDeviation), bicubic with half-pixel centres when the size changes.
 * Shapes: pixels uint8 [N,C,H,W] in 0..255 → feature [N,C,height,width]. No gradient flows into pixels.
 * @throws {ShapeError} pixels are not uint8 of rank 4, or a statistic is missing for a channel
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3 — children resize the same batch
 */
export const image = (pixels: Value, attributes: ImageAttributes): Value =>
  apply(imageOp, [pixels], attributes);
