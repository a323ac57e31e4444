/** @file What accuracy to expect: trusts proxies alike at first, and is corrected by every training. */
import { ShapeError } from '@sextant/common';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Prior weight of each proxy's rank score, prior variance of every weight, and noise variance: of standardised accuracy. */
const prior = { slope: 4, variance: 3, noise: 0.6 };

export interface AccuracyModel {
  /** Expected accuracy in standard deviations of the trained, up to a constant. */
  mean(row: Float64Array): number;
  /** Standard deviation of `mean`. */
  deviation(row: Float64Array): number;
}

const column = (values: readonly number[]): Matrix => Matrix.columnVector([...values]);

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
};

/** Before any training: the proxies' sum. */
const untrained = (proxies: number): AccuracyModel => ({
  mean: (row) => prior.slope * row.subarray(0, proxies).reduce((sum, value) => sum + value, 0),
  deviation: (row) => Math.sqrt(prior.variance * dot(row, row)),
});

/**
 * y ~ N(w·(x − x̄), ν), w ~ N(w₀, τ²I), y standardised by the trained; w₀ is `slope` on the first `proxies` columns and 0 on
 * the others. Mean x·w and deviation √(xᵀΣx) of the posterior, Σ = (XᵀX/ν + I/τ²)⁻¹. Shapes: rows n of d, accuracies n.
 * @throws {ShapeError} another number of rows than accuracies
 * @see Bishop 2006, Pattern Recognition and Machine Learning, equations 3.50 and 3.51
 */
export function accuracyModel(
  rows: readonly Float64Array[],
  accuracies: readonly number[],
  proxies: number,
): AccuracyModel {
  if (rows.length !== accuracies.length) {
    throw new ShapeError(`${rows.length} rows for ${accuracies.length} accuracies`);
  }
  const [first] = rows;
  if (!first) return untrained(proxies);
  const width = first.length;
  const centre = Float64Array.from(
    first,
    (_, at) => rows.reduce((sum, row) => sum + (row[at] as number), 0) / rows.length,
  );
  const centred = rows.map((row) => row.map((value, at) => value - (centre[at] as number)));
  const mean = accuracies.reduce((sum, it) => sum + it, 0) / rows.length;
  const variance = accuracies.reduce((sum, it) => sum + (it - mean) ** 2, 0) / rows.length;
  const scale = Math.sqrt(variance) || 1;
  const start = Float64Array.from(first, (_, at) => (at < proxies ? prior.slope : 0));
  const residuals = centred.map((row, at) => (accuracies[at]! - mean) / scale - dot(row, start));

  const x = new Matrix(centred.map((row) => Array.from(row)));
  const precision = x.transpose().mmul(x).div(prior.noise);
  for (let at = 0; at < width; at++) {
    precision.set(at, at, precision.get(at, at) + 1 / prior.variance);
  }
  const covariance = new CholeskyDecomposition(precision).solve(Matrix.eye(width));
  const correction = covariance.mmul(x.transpose().mmul(column(residuals)).div(prior.noise));
  const weights = start.map((value, at) => value + correction.get(at, 0));
  const covarianceRows = covariance.to2DArray().map((row) => Float64Array.from(row));
  return {
    mean: (row) => dot(row, weights),
    deviation(row) {
      const z = row.map((value, at) => value - (centre[at] as number));
      const product = Float64Array.from(covarianceRows, (it) => dot(it, z));
      return Math.sqrt(Math.max(dot(product, z), 0));
    },
  };
}
