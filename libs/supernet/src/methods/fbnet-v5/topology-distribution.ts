/** @file A task's distribution over architectures: every unit kept or not, independently of the others. */
import type { Rng } from '@sextant/common';
import type { Topology } from '@sextant/search-space';

/** θ [B], the logits of one task: π = σ(θ) is how often each unit is kept. */
export type Logits = Float32Array;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** log(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));

/** π_b = σ(θ_b). Shapes: [B] → [B], in (0, 1). */
export const keepProbabilities = (logits: Logits): Float64Array =>
  Float64Array.from(logits, sigmoid);

/**
 * log p_π(a) = Σ_b a_b·log π_b + (1 − a_b)·log(1 − π_b) = Σ_b a_b·θ_b − log(1 + e^θ_b). Unit: nats, ≤ 0; finite for any
 * finite θ, where the product of probabilities would vanish for a few hundred units.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — independent Bernoulli distributions
 */
export const logProbability = (logits: Logits, topology: Topology): number =>
  logits.reduce((sum, logit, b) => sum + (topology[b] === 1 ? logit : 0) - softplus(logit), 0);

/** One architecture; takes one draw for each unit. */
export const drawTopology = (logits: Logits, rng: Rng): Topology =>
  Array.from(logits, (logit) => (rng.uniform() < sigmoid(logit) ? 1 : 0));

/** The architecture of the units that are kept at least half the time. */
export const likeliestTopology = (logits: Logits): Topology =>
  Array.from(logits, (logit) => (logit >= 0 ? 1 : 0));
