/** @file Correlations, spectra and determinants of small symmetric matrices. */
import { EigenvalueDecomposition, LuDecomposition, Matrix } from 'ml-matrix';

/** A symmetric matrix from its rows. */
export const squareMatrix = (data: ArrayLike<number>, n: number): Matrix =>
  Matrix.from1DArray(n, n, Array.from(data));

/** Eigenvalues of a symmetric matrix, ascending; NaN, all of them, where an element is not finite. */
export function eigenvalues(symmetric: Matrix): readonly number[] {
  if (!symmetric.to1DArray().every(Number.isFinite)) {
    return Array.from({ length: symmetric.rows }, () => NaN);
  }
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return realEigenvalues.sort((a, b) => a - b);
}

/** log |det|; −∞ where the matrix is singular. */
export function logDeterminant(matrix: Matrix): number {
  const { upperTriangularMatrix: upper } = new LuDecomposition(matrix);
  return upper.diagonal().reduce((sum, pivot) => sum + Math.log(Math.abs(pivot)), 0);
}

/** c_ij/√(c_ii·c_jj): correlations from covariances. NaN where a variance is 0. */
export function correlationOf(covariance: Matrix): Matrix {
  const deviations = covariance.diagonal().map(Math.sqrt);
  const correlation = covariance.clone();
  for (let i = 0; i < covariance.rows; i++) {
    for (let j = 0; j < covariance.columns; j++) {
      const scale = (deviations[i] as number) * (deviations[j] as number);
      correlation.set(i, j, i === j && scale > 0 ? 1 : covariance.get(i, j) / scale);
    }
  }
  return correlation;
}

/** Pearson correlation of the rows [n, length] of a row-major matrix, in float64. */
export function rowCorrelation(rows: Float32Array, n: number): Matrix {
  const length = rows.length / n;
  const centred = Array.from({ length: n }, (_, row) => {
    const values = Float64Array.from(rows.subarray(row * length, (row + 1) * length));
    const mean = values.reduce((a, b) => a + b, 0) / length;
    return values.map((value) => value - mean);
  });
  const covariance = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [centred[i] as Float64Array, centred[j] as Float64Array];
      let total = 0;
      for (let at = 0; at < length; at++) total += (a[at] as number) * (b[at] as number);
      covariance.set(i, j, total).set(j, i, total);
    }
  }
  return correlationOf(covariance);
}
