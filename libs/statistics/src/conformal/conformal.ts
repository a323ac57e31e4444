/** @file Prediction intervals that hold whatever the model: all they ask is that new rows come like the old ones. */
import { InsufficientDataError } from '@sextant/common';
import { requireCount, requireOrdered } from '../checks';
import { fitWithout } from '../folds';
import type { Fit, Regressor } from '../regression/regressor';
import type { Rows } from '../regression/rows';

/**
 * The ⌈(n + 1)·level⌉-th smallest score: a new exchangeable score is at most this with probability ≥ level.
 * Infinity where n is too small for the level (n < level/(1 − level)).
 * @throws {InsufficientDataError} no scores, or level outside (0, 1)
 * @see Lei et al. 2018, Distribution-free predictive inference for regression, arXiv:1604.04173, algorithm 2
 */
export function conformalQuantile(scores: ArrayLike<number>, level: number): number {
  requireCount('conformalQuantile', scores.length, 1);
  requireOrdered('conformalQuantile', scores);
  const rank = conformalRank(scores.length, level);
  return rank > scores.length ? Infinity : Float64Array.from(scores).sort()[rank - 1]!;
}

/** ⌈(n + 1)·level⌉, without the last bit of rounding: 0.9·10 is 9. */
function conformalRank(n: number, level: number): number {
  if (!(level > 0 && level < 1))
    throw new InsufficientDataError(`an interval of level ${level} is not in (0, 1)`);
  return Math.ceil((n + 1) * level - 1e-9);
}

export interface PredictionIntervals {
  readonly value: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * Split conformal: ŷ ± the conformal quantile of |y − ŷ| on rows the regressor has not seen.
 * Covers with probability ≥ level.
 * @see Papadopoulos et al. 2002, Inductive confidence machines for regression
 */
export function splitConformal(
  regressor: Regressor,
  calibration: { readonly x: Rows; readonly y: ArrayLike<number> },
  level: number,
): (rows: Rows) => PredictionIntervals {
  const fitted = regressor.predict(calibration.x);
  const half = conformalQuantile(
    fitted.map((it, i) => Math.abs(calibration.y[i]! - it)),
    level,
  );
  return (rows) => {
    const value = regressor.predict(rows);
    return { value, lower: value.map((it) => it - half), upper: value.map((it) => it + half) };
  };
}

/**
 * CV+: every row's held-out residual around the prediction of the model that did not see it; with one row a fold, jackknife+.
 * No row is spent on calibration. Covers with probability ≥ 2·level − 1 always, about `level` in practice.
 * `value` is the prediction of a model fitted on all rows.
 * @see Barber et al. 2021, Predictive inference with the jackknife+, arXiv:1905.02928, equation 12
 */
export function crossConformal(
  fit: Fit,
  x: Rows,
  y: ArrayLike<number>,
  folds: readonly (readonly number[])[],
  level: number,
): (rows: Rows) => PredictionIntervals {
  const whole = fit(x, y);
  const parts = folds.map((held) => {
    const regressor = fitWithout(fit, x, y, held);
    const fitted = regressor.predict(held.map((i) => x[i]!));
    return { regressor, residuals: held.map((i, at) => Math.abs(y[i]! - fitted[at]!)) };
  });
  const count = parts.reduce((sum, { residuals }) => sum + residuals.length, 0);
  const rank = conformalRank(count, level);
  return (rows) => {
    const centres = parts.map(({ regressor }) => regressor.predict(rows));
    const bounds = (sign: 1 | -1): Float64Array =>
      Float64Array.from(rows, (_, row) => {
        if (rank > count) return sign * Infinity;
        const ends = parts.flatMap(({ residuals }, part) =>
          residuals.map((residual) => sign * centres[part]![row]! + residual),
        );
        return sign * Float64Array.from(ends).sort()[rank - 1]!;
      });
    return { value: whole.predict(rows), lower: bounds(-1), upper: bounds(1) };
  };
}
