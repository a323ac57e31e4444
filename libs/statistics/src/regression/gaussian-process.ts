/** @file Gaussian-process regression: predictions that know how far they are from what was measured. */
import { NonFiniteError, ShapeError } from '@sextant/common';
import type { Matrix } from 'ml-matrix';
import { backSubstitution, choleskyRows, forwardSubstitution } from './cholesky';
import { evenlySpaced } from './evenly-spaced';
import {
  climb,
  crossKernel,
  logPosterior,
  longSteps,
  noiseOf,
  ownKernel,
  priorParameters,
  shortSteps,
  similarities,
  symmetricKernel,
  type KernelParameters,
} from './gaussian-process-kernel';
import type { Regressor } from './regressor';
import {
  requireTrainingData,
  scaled,
  spread,
  standardScaling,
  type Rows,
  type Scaling,
} from './rows';

export interface GaussianProcessOptions {
  /** For every column the number of its group, 0..g−1: columns of a group share relevance. @default one group */
  readonly groups?: readonly number[];
  /** Hyper-parameters to use as they are, such as those shared by earlier tasks. @default chosen by marginal likelihood */
  readonly parameters?: KernelParameters;
  /** Where the search for hyper-parameters starts, such as those of a fit to nearly the same rows: a shorter search. */
  readonly start?: KernelParameters;
  /** Of the columns; a few rows say little of a column's spread. @default that of `x` */
  readonly scaling?: Scaling;
}

/** JSON; the factor of the kernel matrix is not stored but made again. */
export interface GaussianProcessState {
  readonly kind: 'gaussian-process';
  readonly groups: readonly number[];
  readonly scaling: Scaling;
  readonly parameters: KernelParameters;
  /** m, in the unit of y. */
  readonly mean: number;
  /** σ, in the unit of y. */
  readonly deviation: number;
  /** Standardised training rows. */
  readonly rows: readonly (readonly number[])[];
  readonly coefficients: readonly number[];
}

export interface GaussianProcessRegressor extends Regressor {
  /** Mean and standard deviation of a new observation, noise included, in the unit of y. */
  predictWithStd(rows: Rows): { readonly mean: Float64Array; readonly std: Float64Array };
  toJSON(): GaussianProcessState;
}

/** Hyper-parameters are chosen on at most this many rows: every step of the search is O(n³). */
const tuningRows = 200;
/** And on so many where the search starts near its end: it only follows what the rows left out have changed. */
const retuningRows = 60;

/**
 * y ~ N(m, σ²(K + ηI)), k(x, x') = Σ_g a_g ⟨z, z'⟩_g/d_g + exp(−½ Σ_g b_g ‖z − z'‖²_g/d_g) over groups g of d_g standardised
 * columns. x n rows of d → y n.
 *
 * a, b and η maximise the marginal likelihood with log-normal priors (coordinate search in the logarithm, on 200 evenly spaced
 * rows at most, 60 from a `start`); m under a flat prior and σ² in closed form. Deterministic; O(n³) once.
 * @throws {InsufficientDataError} fewer than three rows, or no features
 * @throws {ShapeError} groups do not name one group per column
 * @throws {NonFiniteError} a number is not finite
 * @see Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, equations 2.25, 2.26, 2.42 and 5.8
 */
export function fitGaussianProcess(
  x: Rows,
  y: ArrayLike<number>,
  options: GaussianProcessOptions = {},
): GaussianProcessRegressor {
  const width = requireTrainingData('fitGaussianProcess', x, y, 3);
  const groups = options.groups ?? new Array<number>(width).fill(0);
  if (groups.length !== width)
    throw new ShapeError(`${groups.length} column groups for ${width} columns`);
  const scaling = options.scaling ?? standardScaling(x);
  const rows = scaled(x, scaling);
  const target = standardised(y);
  const parameters =
    options.parameters ?? likeliestParameters(rows, target.values, groups, options.start);
  const lower = factorOf(symmetricKernel(similarities(rows, groups), parameters));
  const solve = (b: Float64Array): Float64Array =>
    backSubstitution(lower, forwardSubstitution(lower, b));
  // The flat mean needs K⁻¹y and K⁻¹1.
  const [inverseY, inverseOne] = [solve(target.values), solve(target.values.map(() => 1))];
  const meanPrecision = inverseOne.reduce((sum, it) => sum + it, 0);
  const mean = inverseY.reduce((sum, it) => sum + it, 0) / meanPrecision;
  const coefficients = inverseY.map((it, i) => it - mean * inverseOne[i]!);
  const variance =
    coefficients.reduce((sum, it, i) => sum + it * target.values[i]!, 0) / (rows.length - 1);
  return gaussianProcessFrom({
    kind: 'gaussian-process',
    groups,
    scaling,
    parameters,
    mean: target.mean + target.deviation * mean,
    deviation: target.deviation * Math.sqrt(Math.max(variance, 0)),
    rows: rows.map((row) => Array.from(row)),
    coefficients: Array.from(coefficients, (it) => it * target.deviation),
  });
}

/** @throws {NonFiniteError} hyper-parameters under which K + ηI is not positive definite */
function factorOf(kernelMatrix: Matrix): Float64Array[] {
  const lower = choleskyRows(kernelMatrix);
  if (lower) return lower;
  throw new NonFiniteError(
    `the kernel matrix of ${kernelMatrix.rows} rows is not positive definite`,
  );
}

function standardised(y: ArrayLike<number>) {
  const { mean, deviation } = spread(Float64Array.from(y));
  const values = Float64Array.from(y, (it) => (deviation > 0 ? (it - mean) / deviation : 0));
  return { values, mean, deviation };
}

function likeliestParameters(
  rows: readonly Float64Array[],
  target: Float64Array,
  groups: readonly number[],
  start: KernelParameters | undefined,
): KernelParameters {
  const picks = evenlySpaced(rows.length, start ? retuningRows : tuningRows);
  const known = similarities(
    picks.map((i) => rows[i]!),
    groups,
  );
  const targets = picks.map((i) => target[i]!);
  return climb(
    (candidate) => logPosterior([{ known, y: targets }], candidate),
    start ?? priorParameters(known.linear.length),
    start ? shortSteps : longSteps,
  );
}

export function gaussianProcessFrom(state: GaussianProcessState): GaussianProcessRegressor {
  const { groups, parameters, mean, deviation, coefficients } = state;
  const known = state.rows.map((row) => Float64Array.from(row));
  const kernelOf = crossKernel(known, groups, parameters);
  const meanOf = (kernel: Float64Array): number =>
    kernel.reduce((sum, it, i) => sum + it * coefficients[i]!, mean);
  let factor: Uncertainty | undefined;
  return {
    predict: (rows) =>
      Float64Array.from(scaled(rows, state.scaling), (row) => meanOf(kernelOf(row))),
    predictWithStd(rows) {
      factor ??= uncertaintyOf(symmetricKernel(similarities(known, groups), parameters));
      const uncertainty = factor;
      const asked = scaled(rows, state.scaling).map((row) => ({ row, kernel: kernelOf(row) }));
      return {
        mean: Float64Array.from(asked, ({ kernel }) => meanOf(kernel)),
        std: Float64Array.from(asked, ({ row, kernel }) => {
          const own = ownKernel(row, groups, parameters);
          return deviation * Math.sqrt(uncertainty.varianceOf(own + noiseOf(parameters), kernel));
        }),
      };
    },
    toJSON: () => state,
  };
}

interface Uncertainty {
  /** Of a new observation, in units of σ²: k** + η − kᵀK⁻¹k + (1 − 1ᵀK⁻¹k)²/(1ᵀK⁻¹1). */
  varianceOf(own: number, kernel: Float64Array): number;
}

function uncertaintyOf(kernelMatrix: Matrix): Uncertainty {
  const lower = factorOf(kernelMatrix);
  const ones = forwardSubstitution(lower, new Float64Array(lower.length).fill(1));
  const precision = ones.reduce((sum, it) => sum + it * it, 0);
  return {
    varianceOf(own, kernel) {
      const half = forwardSubstitution(lower, kernel);
      const explained = half.reduce((sum, it) => sum + it * it, 0);
      const shared = half.reduce((sum, it, i) => sum + it * ones[i]!, 0);
      return Math.max(own - explained + (1 - shared) ** 2 / precision, 0);
    },
  };
}
