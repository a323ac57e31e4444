/** @file Gaussian-process regression: predictions that know how far they are from what was measured. */
import { ShapeError } from '@sextant/common';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { evenlySpaced } from './evenly-spaced';
import {
  climb,
  crossKernel,
  logPosterior,
  priorParameters,
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
  /** Hyper-parameters to use as they are, such as those of an earlier fit. @default chosen by marginal likelihood */
  readonly parameters?: KernelParameters;
}

/** JSON; the factor of the kernel matrix is not stored but made again. */
export interface GaussianProcessState {
  readonly kind: 'gaussian-process';
  readonly groups: readonly number[];
  readonly scaling: Scaling;
  readonly parameters: KernelParameters;
  /** Mean and scale of y; the scale holds the process's own variance too. */
  readonly mean: number;
  readonly scale: number;
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

/**
 * y ~ N(m, σ²(K + ηI)), k(x, x') = Σ_g a_g ⟨z, z'⟩_g/d_g + exp(−½ Σ_g b_g ‖z − z'‖²_g/d_g) over groups g of d_g standardised
 * columns. x n rows of d → y n.
 *
 * a, b and η maximise the marginal likelihood with log-normal priors (coordinate search in the logarithm, on 200 evenly spaced
 * rows at most), σ² in closed form, m the mean of y. Deterministic; O(n³) once.
 * @throws {InsufficientDataError} fewer than three rows, or no features
 * @throws {ShapeError} groups do not name one group per column
 * @throws {NonFiniteError} a number is not finite
 * @see Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, equations 2.25, 2.26 and 5.8
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
  const scaling = standardScaling(x);
  const rows = scaled(x, scaling);
  const { mean, deviation } = spread(Float64Array.from(y));
  const target = Float64Array.from(y, (it) => (deviation > 0 ? (it - mean) / deviation : 0));
  const parameters = options.parameters ?? likeliestParameters(rows, target, groups);
  const kernel = symmetricKernel(similarities(rows, groups), parameters);
  const coefficients = new CholeskyDecomposition(kernel)
    .solve(Matrix.columnVector(Array.from(target)))
    .to1DArray();
  const variance = coefficients.reduce((sum, it, i) => sum + it * target[i]!, 0) / rows.length;
  return gaussianProcessFrom({
    kind: 'gaussian-process',
    groups,
    scaling,
    parameters,
    mean,
    scale: deviation * Math.sqrt(Math.max(variance, 0)),
    rows: rows.map((row) => Array.from(row)),
    coefficients: coefficients.map((it) => (variance > 0 ? it / Math.sqrt(variance) : 0)),
  });
}

function likeliestParameters(
  rows: readonly Float64Array[],
  target: Float64Array,
  groups: readonly number[],
): KernelParameters {
  const picks = evenlySpaced(rows.length, tuningRows);
  const known = similarities(
    picks.map((i) => rows[i]!),
    groups,
  );
  const targets = picks.map((i) => target[i]!);
  return climb(
    (candidate) => logPosterior(known, targets, candidate),
    priorParameters(known.linear.length),
  );
}

export function gaussianProcessFrom(state: GaussianProcessState): GaussianProcessRegressor {
  const { groups, parameters, mean, scale, coefficients } = state;
  const known = state.rows.map((row) => Float64Array.from(row));
  let factor: Matrix | undefined;
  const lower = (): Matrix =>
    (factor ??= new CholeskyDecomposition(symmetricKernel(similarities(known, groups), parameters))
      .lowerTriangularMatrix);
  const kernelOf = (row: Float64Array): Float64Array => crossKernel(row, known, groups, parameters);
  const meanOf = (kernel: Float64Array): number =>
    kernel.reduce((sum, it, i) => sum + it * coefficients[i]!, 0) * scale + mean;
  return {
    predict: (rows) =>
      Float64Array.from(scaled(rows, state.scaling), (row) => meanOf(kernelOf(row))),
    predictWithStd(rows) {
      const kernels = scaled(rows, state.scaling).map((row) => ({
        to: kernelOf(row),
        self: crossKernel(row, [row], groups, parameters)[0]! + Math.exp(parameters.logNoise),
      }));
      return {
        mean: Float64Array.from(kernels, ({ to }) => meanOf(to)),
        std: Float64Array.from(kernels, ({ to, self }) => {
          const explained = forwardSubstitution(lower(), to).reduce((sum, it) => sum + it * it, 0);
          return scale * Math.sqrt(Math.max(self - explained, 0));
        }),
      };
    },
    toJSON: () => state,
  };
}

/** v with L·v = b. */
function forwardSubstitution(lower: Matrix, b: Float64Array): Float64Array {
  const out = new Float64Array(b.length);
  for (let i = 0; i < b.length; i++) {
    let sum = b[i]!;
    for (let j = 0; j < i; j++) sum -= lower.get(i, j) * out[j]!;
    out[i] = sum / lower.get(i, i);
  }
  return out;
}
