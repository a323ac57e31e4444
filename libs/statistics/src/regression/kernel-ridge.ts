/** @file Gaussian-kernel ridge regression: thirty lines of model that beat several published predictors. */
import { InsufficientDataError } from '@sextant/common';
import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { evenlySpaced } from './evenly-spaced';
import type { Regressor } from './regressor';
import { requireTrainingData, requireWidth, type Rows } from './rows';

export interface KernelRidgeOptions {
  /** Kernel widths γ > 0 to choose from; one value is used as it is. @default (0.03, 0.1, …, 10)/d */
  readonly gamma?: number | readonly number[];
  /** Penalties λ > 0 to choose from; one value is used as it is. @default 0.001, 0.01, 0.1, 1 */
  readonly lambda?: number | readonly number[];
}

/** JSON. */
export interface KernelRidgeState {
  readonly kind: 'kernel-ridge';
  readonly gamma: number;
  readonly lambda: number;
  readonly mean: number;
  readonly rows: readonly (readonly number[])[];
  readonly coefficients: readonly number[];
}

export interface KernelRidgeRegressor extends Regressor {
  toJSON(): KernelRidgeState;
}

/** Hyper-parameters are chosen on at most this many rows: an eigendecomposition is O(n³). */
const tuningRows = 300;

/**
 * ŷ(x) = ȳ + Σ α_i exp(−γ‖x − x_i‖²), α = (K + λI)⁻¹(y − ȳ). x n rows of d → y n. Features are used as they are.
 *
 * γ and λ by leave-one-out error α_i/[(K + λI)⁻¹]_ii (ȳ not left out), on 300 evenly spaced rows at most. Deterministic.
 * @throws {InsufficientDataError} fewer than two rows, no features, or γ, λ not above 0
 * @throws {NonFiniteError} a number is not finite
 * @see Saunders, Gammerman & Vovk 1998, Ridge regression learning algorithm in dual variables
 */
export function fitKernelRidge(
  x: Rows,
  y: ArrayLike<number>,
  { gamma, lambda = [0.001, 0.01, 0.1, 1] }: KernelRidgeOptions = {},
): KernelRidgeRegressor {
  const width = requireTrainingData('fitKernelRidge', x, y, 2);
  const gammas = listed(gamma ?? [0.03, 0.1, 0.3, 1, 3, 10].map((it) => it / width));
  const lambdas = listed(lambda);
  const chosen = choose(x, y, gammas, lambdas);
  const mean = Array.from(y).reduce((sum, it) => sum + it / y.length, 0);
  const kernel = gaussianGram(x, chosen.gamma);
  for (let i = 0; i < x.length; i++) kernel.set(i, i, 1 + chosen.lambda);
  const centred = Matrix.columnVector(Array.from(y, (it) => it - mean));
  return kernelRidgeFrom({
    kind: 'kernel-ridge',
    ...chosen,
    mean,
    rows: x.map((row) => Array.from(row)),
    coefficients: new CholeskyDecomposition(kernel).solve(centred).to1DArray(),
  });
}

export function kernelRidgeFrom(state: KernelRidgeState): KernelRidgeRegressor {
  const { gamma, mean, coefficients } = state;
  const known = state.rows.map((row) => Float64Array.from(row));
  return {
    predict(rows) {
      requireWidth('kernelRidge', rows, known[0]!.length);
      return Float64Array.from(rows, (row) =>
        known.reduce(
          (sum, other, i) =>
            sum + coefficients[i]! * Math.exp(-gamma * squaredDistance(row, other)),
          mean,
        ),
      );
    },
    toJSON: () => state,
  };
}

function listed(values: number | readonly number[]): readonly number[] {
  const list = typeof values === 'number' ? [values] : values;
  if (list.length === 0 || list.some((it) => !(it > 0 && Number.isFinite(it))))
    throw new InsufficientDataError(`kernel ridge needs values above 0, not [${list.join()}]`);
  return list;
}

function choose(
  x: Rows,
  y: ArrayLike<number>,
  gammas: readonly number[],
  lambdas: readonly number[],
): { readonly gamma: number; readonly lambda: number } {
  let best = { gamma: gammas[0]!, lambda: lambdas[0]! };
  if (gammas.length * lambdas.length === 1) return best;
  const picks = evenlySpaced(x.length, tuningRows);
  const rows = picks.map((i) => x[i]!);
  const targets = picks.map((i) => y[i]!);
  const mean = targets.reduce((sum, it) => sum + it / targets.length, 0);
  let least = Infinity;
  for (const gamma of gammas) {
    const spectrum = decompose(gaussianGram(rows, gamma), targets, mean);
    for (const lambda of lambdas) {
      const error = leaveOneOutError(spectrum, lambda);
      if (error < least) [least, best] = [error, { gamma, lambda }];
    }
  }
  return best;
}

interface Spectrum {
  readonly values: readonly number[];
  readonly vectors: Matrix;
  /** Uᵀ(y − ȳ). */
  readonly projected: readonly number[];
}

function decompose(kernel: Matrix, y: readonly number[], mean: number): Spectrum {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(kernel, {
    assumeSymmetric: true,
  });
  const centred = Matrix.columnVector(y.map((it) => it - mean));
  return {
    values: realEigenvalues,
    vectors: eigenvectorMatrix,
    projected: eigenvectorMatrix.transpose().mmul(centred).to1DArray(),
  };
}

function leaveOneOutError({ values, vectors, projected }: Spectrum, lambda: number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    let [alpha, inverse] = [0, 0];
    for (let k = 0; k < values.length; k++) {
      const u = vectors.get(i, k);
      const weight = u / (Math.max(values[k]!, 0) + lambda);
      alpha += weight * projected[k]!;
      inverse += weight * u;
    }
    sum += (alpha / inverse) ** 2;
  }
  return sum;
}

function gaussianGram(rows: Rows, gamma: number): Matrix {
  const out = Matrix.eye(rows.length);
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < i; j++) {
      const value = Math.exp(-gamma * squaredDistance(rows[i]!, rows[j]!));
      out.set(i, j, value);
      out.set(j, i, value);
    }
  return out;
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += (a[j]! - b[j]!) ** 2;
  return sum;
}
