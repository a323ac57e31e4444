/** @file How likely a candidate keeps the limits, from what was measured. */
import { fitRidge } from '@sextant/statistics';
import type { Limits, MeasuredCosts } from './mission-problem';

export interface MeasuredRow {
  readonly features: Float64Array;
  readonly costs: MeasuredCosts;
}

export interface CostModel {
  /** Probability that every limit is kept, for each row. */
  readonly fitProbability: Float64Array;
  /** Largest predicted cost over its limit, for each row: above 1 is over. */
  readonly relativeCost: Float64Array;
}

/** Φ(z) to 1e−7. @see Abramowitz & Stegun 1964, 26.2.17 */
function standardNormal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z >= 0 ? 1 - density * series : density * series;
}

const leastRows = 3;

/**
 * A ridge regression per limited cost; P(fits) = Π Φ((limit − predicted)/σ), σ the root mean squared leave-one-out error.
 * Candidates that did not run are left out. Before three have been measured every candidate is as likely as not.
 * Shapes: all N rows of d → N and N.
 */
export function costModel(
  measured: readonly MeasuredRow[],
  all: readonly Float64Array[],
  limits: Limits,
): CostModel {
  const ran = measured.filter(({ costs }) => costs !== null);
  const fitProbability = new Float64Array(all.length).fill(ran.length < leastRows ? 0.5 : 1);
  const relativeCost = new Float64Array(all.length).fill(ran.length < leastRows ? 1 : 0);
  if (ran.length < leastRows) return { fitProbability, relativeCost };
  for (const [key, limit] of Object.entries(limits)) {
    const values = ran.map(({ costs }) => costs?.[key] as number);
    const ridge = fitRidge(
      ran.map(({ features }) => features),
      values,
    );
    const sigma = Math.max(ridge.toJSON().leaveOneOutError, Number.MIN_VALUE);
    ridge.predict(all).forEach((predicted, at) => {
      fitProbability[at]! *= standardNormal((limit - predicted) / sigma);
      relativeCost[at] = Math.max(relativeCost[at] as number, predicted / limit);
    });
  }
  return { fitProbability, relativeCost };
}
