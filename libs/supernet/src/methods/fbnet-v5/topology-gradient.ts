/** @file What moves a task's distribution: how well sampled architectures did, and what architectures cost. */
import type { FbNetV5Options } from '@sextant/contracts';
import type { Topology } from '@sextant/search-space';
import { keepProbabilities, type Logits } from './topology-distribution';

/**
 * ∇_θ E_π[ℓ] ≈ r·A·(a − π) with A = ℓ(a) − b: needs no backward pass. Unbiased for a ~ s and r = p_π(a)/s(a) with any s of
 * full support and any b that does not depend on a. Shapes: a [B] → [B].
 * @see Williams 1992, REINFORCE; Wu et al. 2021, FBNetV5, arXiv:2111.10007
 */
export const scoreGradient = (
  logits: Logits,
  topology: Topology,
  ratio: number,
  advantage: number,
): Float64Array =>
  keepProbabilities(logits).map((keep, b) => ratio * advantage * ((topology[b] as number) - keep));

/** What a unit costs, and what an architecture may. All in one unit, such as MACs. */
export interface CostTerm {
  /** c_b [B]. */
  readonly costs: readonly number[];
  /** What every architecture costs. */
  readonly fixed: number;
  readonly target: number;
  /** λ. */
  readonly weight: number;
  readonly form: FbNetV5Options['cost']['form'];
}

/** E_π[cost] = c_fixed + Σ_b π_b·c_b. */
export const expectedCost = (
  logits: Logits,
  { costs, fixed }: Pick<CostTerm, 'costs' | 'fixed'>,
): number =>
  keepProbabilities(logits).reduce((sum, keep, b) => sum + keep * (costs[b] as number), fixed);

/**
 * ∂/∂θ_b of λ·E_π[cost]/target = λ·π_b·(1 − π_b)·c_b/target: exact, since costs add up, so nothing is sampled. With form
 * `hinge`, of λ·max(0, E_π[cost]/target − 1), which is 0 up to the target. Shapes: [B] → [B].
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — Differs: the paper's form of the cost term is not known
 */
export function costGradient(logits: Logits, term: CostTerm): Float64Array {
  const { costs, target, weight, form } = term;
  const isPaid = form === 'linear' || expectedCost(logits, term) > target;
  return keepProbabilities(logits).map((keep, b) =>
    isPaid ? (weight * keep * (1 - keep) * (costs[b] as number)) / target : 0,
  );
}
