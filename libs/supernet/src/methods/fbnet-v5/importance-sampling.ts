/** @file One architecture for all tasks: drawn from the mixture of their distributions, and what it counts for each. */
import type { Rng } from '@sextant/common';
import type { Topology } from '@sextant/search-space';
import { drawTopology, logProbability, type Logits } from './topology-distribution';

/** log Σ exp(x) without overflow. */
function logSumExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

/**
 * r_t = p_t(a) / s(a) with s = (1/T)·Σ_u p_u, in logarithms: log r_t = log p_t − (log Σ_u p_u − log T).
 * Shapes: log p_t(a) of T tasks → [T]. In [0, T]; Σ_t r_t = T.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — importance sampling over tasks
 * Differs: the paper draws from one task's distribution, whose ratios have no bound; the mixture's are at most T.
 */
export function mixtureRatios(logProbabilities: readonly number[]): readonly number[] {
  const logProposal = logSumExp(logProbabilities) - Math.log(logProbabilities.length);
  return logProbabilities.map((logP) => Math.exp(logP - logProposal));
}

/** An architecture of a step, with the ratios of the distributions that it was drawn from. */
export interface SharedSample {
  readonly topology: Topology;
  readonly ratios: readonly number[];
}

/** a ~ s: a task u uniformly, then a ~ p_u. */
export function drawShared(distributions: readonly Logits[], rng: Rng): SharedSample {
  const topology = drawTopology(rng.choice(distributions), rng);
  const logProbabilities = distributions.map((logits) => logProbability(logits, topology));
  return { topology, ratios: mixtureRatios(logProbabilities) };
}
