/** @file How wrong predicted costs are, by size and by rank: the one can look good while the other is useless. */
import { kendallTauB, spearman } from '@sextant/statistics';

export interface CostPrediction {
  /** In the unit of the measurements. */
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** JSON; correlations are null where a side is constant. */
export interface CostError {
  readonly n: number;
  /** Mean |ŷ/y − 1|. */
  readonly meanAbsolutePercentageError: number;
  /** Share of |ŷ/y − 1| ≤ 0.1. */
  readonly within10Percent: number;
  readonly kendallTau: number | null;
  readonly spearman: number | null;
  /** Share of costs inside their interval. */
  readonly coverage: number;
}

export function costError(
  predictions: readonly CostPrediction[],
  costs: ArrayLike<number>,
): CostError {
  const n = predictions.length;
  const errors = predictions.map(({ value }, i) => Math.abs(value / costs[i]! - 1));
  const share = (hits: readonly boolean[]): number => hits.filter(Boolean).length / n;
  const values = predictions.map(({ value }) => value);
  const orNull = (correlation: number): number | null =>
    Number.isNaN(correlation) ? null : correlation;
  return {
    n,
    meanAbsolutePercentageError: errors.reduce((sum, it) => sum + it, 0) / n,
    within10Percent: share(errors.map((it) => it <= 0.1)),
    kendallTau: orNull(kendallTauB(values, costs)),
    spearman: orNull(spearman(values, costs)),
    coverage: share(
      predictions.map(({ lower, upper }, i) => lower <= costs[i]! && costs[i]! <= upper),
    ),
  };
}
