/** @file Bins of equal width over the costs of a space, and the distribution over them. */

/** Target of bin k of K, the middle of the bin: (k + ½)/K between the smallest network (0) and the largest (1). */
export const binTarget = (bin: number, bins: number): number => (bin + 0.5) / bins;

/** Does a cost lie within half a bin of a target? Both between 0 and 1. */
export const hitsTarget = (cost: number, target: number, bins: number): boolean =>
  Math.abs(cost - target) <= 0.5 / bins;

/**
 * (1 − ε)·softmax(B) + ε/K: what bins are drawn with, so that none starves. Shapes: logits B [K]; ε in [0, 1].
 * @see Zhang et al. 2023, ShiftNAS §3.2 — Differs: the paper mixes in nothing (ε = 0)
 */
export function binProbabilities(logits: Float32Array, uniformMix: number): readonly number[] {
  const largest = Math.max(...logits);
  const powers = [...logits].map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => ((1 - uniformMix) * power) / total + uniformMix / logits.length);
}

/** An index drawn with the given probabilities, from one uniform. */
export function drawIndex(probabilities: readonly number[], uniform: number): number {
  let left = uniform;
  const at = probabilities.findIndex((probability) => (left -= probability) < 0);
  return at < 0 ? probabilities.length - 1 : at;
}
