/** @file The variant without gradients through gates: sampled networks are rewarded by accuracy and cost. */
import type { Path } from './edges';

/**
 * R = accuracy·(reference/cost)^power. Accuracy as a fraction; cost in the unit of the reference, both > 0.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §3.3.2; Tan et al. 2019, MnasNet, arXiv:1807.11626 eq. 2
 */
export const reward = (accuracy: number, cost: number, reference: number, power: number): number =>
  accuracy * (reference / cost) ** power;

/** b + 0.99·(R̄ − b): hardly more than the last mean. */
export const nextBaseline = (baseline: number, meanReward: number): number =>
  baseline + 0.99 * (meanReward - baseline);

export interface Rewarded {
  readonly path: Path;
  readonly reward: number;
}

/**
 * −(1/M)·Σₘ (Rₘ − b)·∂ log p(pathₘ)/∂α, to be descended, with ∂ log pₖ/∂αᵢ = δᵢₖ − pᵢ. By edge and candidate.
 * @see Williams 1992, REINFORCE; Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 eq. 10
 */
export function reinforceGradient(
  probabilities: readonly (readonly number[])[],
  samples: readonly Rewarded[],
  baseline: number,
): number[][] {
  return probabilities.map((p, edge) =>
    p.map((probability, at) =>
      samples.reduce((sum, { path, reward: r }) => {
        const score = Number(path[edge] === at) - probability;
        return sum - ((r - baseline) * score) / samples.length;
      }, 0),
    ),
  );
}
