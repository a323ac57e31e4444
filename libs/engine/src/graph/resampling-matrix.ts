/** @file Resampling along one axis as a matrix: what every way of resizing an image comes to. */

export type ResizeMode = 'nearest' | 'bilinear' | 'bicubic';

interface Tap {
  readonly source: number;
  readonly weight: number;
}

/** Keys' cubic kernel with a = −0.75, as ONNX Resize and PyTorch define it. */
function cubic(t: number): number {
  const a = -0.75;
  const x = Math.abs(t);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}

const linear = (t: number): number => Math.max(0, 1 - Math.abs(t));

/** Half-pixel centres, edges repeated; `nearest` takes the pixel that the target's centre lies in. */
function tapsOf(target: number, from: number, to: number, mode: ResizeMode): Tap[] {
  if (mode === 'nearest') {
    return [{ source: Math.min(from - 1, Math.floor(((target + 0.5) * from) / to)), weight: 1 }];
  }
  const centre = ((target + 0.5) * from) / to - 0.5;
  const [reach, kernel] = mode === 'bilinear' ? ([0, linear] as const) : ([1, cubic] as const);
  const first = Math.floor(centre) - reach;
  return Array.from({ length: 2 * (reach + 1) }, (_, i) => ({
    source: Math.min(from - 1, Math.max(0, first + i)),
    weight: kernel(centre - (first + i)),
  }));
}

/** R with out = R·x along one axis, row-major [to, from]. No anti-aliasing when shrinking. */
export function resamplingMatrix(from: number, to: number, mode: ResizeMode): Float64Array {
  const matrix = new Float64Array(to * from);
  for (let target = 0; target < to; target++) {
    for (const { source, weight } of tapsOf(target, from, to, mode)) {
      const at = target * from + source;
      matrix[at] = (matrix[at] as number) + weight;
    }
  }
  return matrix;
}

/** The transpose of a row-major [rows, columns] matrix. */
export const transposedMatrix = (
  matrix: Float64Array,
  rows: number,
  columns: number,
): Float64Array =>
  matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] as number);
