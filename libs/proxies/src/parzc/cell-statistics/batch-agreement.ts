/** @file How alike a network finds the images of a batch: from its ReLUs, and from the gradients that reach its input. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

const eigenvalues = (symmetric: Matrix): readonly number[] =>
  new EigenvalueDecomposition(symmetric, { assumeSymmetric: true }).realEigenvalues;

/**
 * K = c·cᵀ + (1 − c)(1 − c)ᵀ from c·cᵀ: units of a map on which two images agree. Shapes: [N,N], row-major; `units` of the map.
 */
export function agreements(shared: ArrayLike<number>, images: number, units: number): Matrix {
  const open = (image: number): number => shared[image * (images + 1)] as number;
  return new Matrix(
    Array.from({ length: images }, (_, i) =>
      Array.from(
        { length: images },
        (_, j) => units - open(i) - open(j) + 2 * (shared[i * images + j] as number),
      ),
    ),
  );
}

/** Mean of K over pairs of images, as a share of the units; in [0, 1]. */
export function meanAgreement(agreement: Matrix, units: number): number {
  const images = agreement.rows;
  let total = 0;
  for (let i = 0; i < images; i++) for (let j = 0; j < i; j++) total += agreement.get(i, j);
  return total / ((images * (images - 1)) / 2) / units;
}

/** Eigenvalues below this are noise of float32. */
const leastEigenvalue = 1e-6;

/** log det K. @see Mellor et al. 2021, arXiv:2006.04647 §4 — Differs: eigenvalues are at least 10⁻⁶, so identical images are finite */
export const logDeterminant = (agreement: Matrix): number =>
  eigenvalues(agreement).reduce(
    (sum, value) => sum + Math.log(Math.max(value, leastEigenvalue)),
    0,
  );

/** Rows at mean 0 and length 1; a constant row becomes 0. */
function normalisedRows(values: Float32Array, rows: number): Float64Array[] {
  const width = values.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const own = Float64Array.from(values.subarray(row * width, (row + 1) * width));
    const mean = own.reduce((sum, value) => sum + value, 0) / width;
    const centred = own.map((value) => value - mean);
    const norm = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
    return norm > 0 ? centred.map((value) => value / norm) : centred;
  });
}

/** k of the score. */
const smoothing = 1e-5;

/**
 * −Σ [log(v + k) + 1/(v + k)] over the eigenvalues v of the correlations between images of the gradient at the input, k = 10⁻⁵.
 * Shapes: [N·D] of N images. Higher is better; −N where images have nothing in common.
 * @see Mellor et al. 2020, arXiv:2006.04647v1 — Differs: the gradient is the loss's, which the pass has anyway, not that of the sum of
 * logits
 */
export function inputCorrelationScore(gradients: Float32Array, images: number): number {
  const rows = normalisedRows(gradients, images);
  const correlations = new Matrix(
    rows.map((a) =>
      rows.map((b) => a.reduce((sum, value, at) => sum + value * (b[at] as number), 0)),
    ),
  );
  return -eigenvalues(correlations).reduce((sum, value) => {
    const shifted = Math.max(value, 0) + smoothing;
    return sum + Math.log(shifted) + 1 / shifted;
  }, 0);
}
