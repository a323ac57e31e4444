/** @file What the architecture parameters of an edge say: probabilities, draws from them, and the likeliest path. */
import type { Rng } from '@sextant/common';

const maxOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));

/** pᵢ = e^αᵢ / Σⱼ e^αⱼ. */
export function softmax(alpha: readonly number[]): number[] {
  const largest = maxOf(alpha);
  const powers = alpha.map((a) => Math.exp(a - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Index drawn with the given weights, which need not sum to 1 but must not all be 0. */
export function draw(weights: readonly number[], rng: Rng): number {
  const sum = weights.reduce((a, b) => a + b, 0);
  let left = rng.uniform() * sum;
  let last = 0;
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at] as number;
    if (weight === 0) continue;
    last = at;
    left -= weight;
    if (left < 0) return at;
  }
  return last;
}

/** Two paths of one edge: the one that runs, and the one whose gate is looked at beside it. */
export interface Pair {
  readonly active: number;
  readonly other: number;
}

/**
 * Two different candidates drawn from p = softmax(α) without replacement; one of them runs, by q = softmax(α of the two).
 * Needs at least two candidates.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §3.2
 */
export function drawPair(alpha: readonly number[], rng: Rng): Pair {
  const p = softmax(alpha);
  const first = draw(p, rng);
  const rest = p.map((probability, at) => (at === first ? 0 : probability));
  // Where all else has underflowed, the others are as good as each other.
  const second = draw(
    rest.some((it) => it > 0) ? rest : rest.map((_, at) => Number(at !== first)),
    rng,
  );
  const [q] = softmax([alpha[first] as number, alpha[second] as number]);
  return rng.uniform() < (q as number)
    ? { active: first, other: second }
    : { active: second, other: first };
}

/** −Σ pᵢ·ln pᵢ, nats. */
export const entropy = (p: readonly number[]): number =>
  p.reduce(
    (sum, probability) => sum - (probability > 0 ? probability * Math.log(probability) : 0),
    0,
  );

/** The largest, the first of equals. */
export const argMax = (values: readonly number[]): number => values.indexOf(maxOf(values));
