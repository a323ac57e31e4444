/** @file Labels as standard normal scores of their rank, and back: an order is learned, whatever the labels' distribution. */
import { ranks } from '@sextant/statistics';
import { normalQuantile } from '../predictors/normal-quantile';

/** Increasing pairs of normal score and label; JSON. */
export interface LabelScale {
  readonly scores: readonly number[];
  readonly labels: readonly number[];
}

/**
 * z_i = Φ⁻¹((rank_i − ½)/n), tied labels sharing the mean of their ranks. Shapes: [n] → [n]; mean 0, deviation near 1.
 * Differs: ParZC standardises accuracies with constants of the data set, where the few worst networks take most of the scale.
 */
export const normalScores = (labels: Float64Array): Float64Array =>
  ranks(labels).map((rank) => normalQuantile((rank - 0.5) / labels.length));

/** What turns scores back into labels. */
export function labelScale(labels: Float64Array): LabelScale {
  const scores = normalScores(labels);
  const order = [...labels.keys()].sort((a, b) => labels[a]! - labels[b]!);
  const distinct = order.filter((at, i) => i === 0 || labels[at]! > labels[order[i - 1]!]!);
  return { scores: distinct.map((at) => scores[at]!), labels: distinct.map((at) => labels[at]!) };
}

/** Slope beyond the best and worst label, so that the order of the scores is never lost. */
const slopeBeyond = (labels: readonly number[]): number => {
  const range = (labels.at(-1) ?? 0) - (labels[0] ?? 0);
  return range > 0 ? 0.01 * range : 1;
};

/** The label that stands at a score: linear between labels, and strictly increasing everywhere. */
export function labelAt(score: number, { scores, labels }: LabelScale): number {
  const last = scores.length - 1;
  if (score <= scores[0]!) return labels[0]! + slopeBeyond(labels) * (score - scores[0]!);
  if (score >= scores[last]!) return labels[last]! + slopeBeyond(labels) * (score - scores[last]!);
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (scores[middle]! <= score) low = middle;
    else high = middle;
  }
  const share = (score - scores[low]!) / (scores[high]! - scores[low]!);
  return labels[low]! + share * (labels[high]! - labels[low]!);
}
