/** @file Ridge regression: the baseline that wins wherever cost adds up over blocks. */
import { InsufficientDataError } from '@sextant/common';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Regressor } from './regressor';
import { requireTrainingData, requireWidth, scaled, standardScaling, type Rows } from './rows';

export interface RidgeOptions {
  /**
   * Penalties λ ≥ 0 to choose from by leave-one-out error; one value is used as it is.
   * @default 10^−4, 10^−3.5, …, 10^4
   */
  readonly lambda?: number | readonly number[];
}

/** y = intercept + w·x on the features as given. JSON. */
export interface RidgeState {
  readonly kind: 'ridge';
  readonly intercept: number;
  readonly weights: readonly number[];
  readonly lambda: number;
  /** Root of the mean squared leave-one-out error, in the unit of y. */
  readonly leaveOneOutError: number;
}

export interface RidgeRegressor extends Regressor {
  toJSON(): RidgeState;
}

const defaultLambdas = Array.from({ length: 17 }, (_, i) => 10 ** (i / 2 - 4));

/**
 * min Σ(y − b − w·z)² + λ‖w‖² over standardised columns z, intercept b not penalised. x n rows of d → y n.
 *
 * λ by the exact leave-one-out error e_i/(1 − h_i), from one eigendecomposition of the smaller Gram matrix: O(n·d·min(n,d)).
 * Deterministic. λ = 0 gives the least-squares solution of smallest norm.
 * @throws {InsufficientDataError} fewer than two rows, no features or no λ
 * @throws {NonFiniteError} a number is not finite
 * @see Hoerl & Kennard 1970, Ridge regression
 * @see Golub, Heath & Wahba 1979, Generalized cross-validation — leave-one-out in closed form
 */
export function fitRidge(
  x: Rows,
  y: ArrayLike<number>,
  { lambda = defaultLambdas }: RidgeOptions = {},
): RidgeRegressor {
  requireTrainingData('fitRidge', x, y, 2);
  const lambdas = typeof lambda === 'number' ? [lambda] : lambda;
  if (lambdas.length === 0 || lambdas.some((it) => !(it >= 0)))
    throw new InsufficientDataError(`ridge needs penalties of 0 or more, not [${lambdas.join()}]`);
  const scaling = standardScaling(x);
  const mean = Array.from(y).reduce((sum, it) => sum + it / y.length, 0);
  const target = Float64Array.from(y, (it) => it - mean);
  const parts = thinSvd(scaled(x, scaling), target);
  const errors = lambdas.map((it) => leaveOneOutError(parts, target, it));
  const best = errors.indexOf(Math.min(...errors));
  const chosen = Math.max(best, 0);
  const slopes = solve(parts, lambdas[chosen]!);
  const weights = scaling.factor.map((factor, j) => factor * (slopes[j] ?? 0));
  return ridgeFrom({
    kind: 'ridge',
    intercept: weights.reduce((sum, it, j) => sum - it * scaling.shift[j]!, mean),
    weights,
    lambda: lambdas[chosen]!,
    leaveOneOutError: errors[chosen]!,
  });
}

export function ridgeFrom(state: RidgeState): RidgeRegressor {
  const { weights, intercept } = state;
  return {
    predict(rows) {
      requireWidth('ridge', rows, weights.length);
      return Float64Array.from(rows, (row) =>
        weights.reduce((sum, weight, j) => sum + weight * row[j]!, intercept),
      );
    },
    toJSON: () => state,
  };
}

/** Z = U·diag(s)·Vᵀ without null directions, with Uᵀy. */
interface ThinSvd {
  readonly s: readonly number[];
  /** Columns of U: [rank][n]. */
  readonly u: readonly Float64Array[];
  /** Columns of V: [rank][d]. */
  readonly v: readonly Float64Array[];
  readonly uy: readonly number[];
}

function thinSvd(z: readonly Float64Array[], y: Float64Array): ThinSvd {
  const matrix = new Matrix(z.map((row) => Array.from(row)));
  const wide = matrix.columns > matrix.rows;
  const gram = (wide ? matrix.transpose() : matrix).gram();
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, {
    assumeSymmetric: true,
  });
  const largest = Math.max(...realEigenvalues);
  const other = wide ? matrix.transpose() : matrix;
  const products = other.mmul(eigenvectorMatrix);
  const sides = realEigenvalues.flatMap((value, k) => {
    if (value <= 1e-12 * largest) return [];
    const s = Math.sqrt(value);
    const far = Float64Array.from(products.getColumn(k), (it) => it / s);
    return [{ s, near: Float64Array.from(eigenvectorMatrix.getColumn(k)), far }];
  });
  const u = sides.map(({ near, far }) => (wide ? near : far));
  return {
    s: sides.map(({ s }) => s),
    u,
    v: sides.map(({ near, far }) => (wide ? far : near)),
    uy: u.map((column) => column.reduce((sum, it, i) => sum + it * y[i]!, 0)),
  };
}

function solve({ s, v, uy }: ThinSvd, lambda: number): number[] {
  const out = new Array<number>(v[0]?.length ?? 0).fill(0);
  s.forEach((value, k) => {
    const coefficient = (value * uy[k]!) / (value * value + lambda);
    v[k]!.forEach((it, j) => (out[j]! += coefficient * it));
  });
  return out;
}

/** √mean((y_i − ŷ_i)/(1 − h_i))²; Infinity where a row determines its own prediction. */
function leaveOneOutError({ s, u, uy }: ThinSvd, y: Float64Array, lambda: number): number {
  const n = y.length;
  const shrink = s.map((value) => (value * value) / (value * value + lambda));
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let [fitted, leverage] = [0, 1 / n];
    for (let k = 0; k < s.length; k++) {
      fitted += shrink[k]! * u[k]![i]! * uy[k]!;
      leverage += shrink[k]! * u[k]![i]! ** 2;
    }
    if (leverage > 1 - 1e-9) return Infinity;
    sum += ((y[i]! - fitted) / (1 - leverage)) ** 2;
  }
  return Math.sqrt(sum / n);
}
