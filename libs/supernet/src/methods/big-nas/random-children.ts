/** @file Which children one step trains beside the largest and the smallest. */
import type { Rng } from '@sextant/common';
import type { BigNasOptions } from '@sextant/contracts';
import { sample, type Architecture, type SearchSpace } from '@sextant/search-space';
import { drawOfOneCost, type CostBins } from './attentive-sampling';

export interface SandwichRule {
  readonly space: SearchSpace;
  readonly settings: Pick<BigNasOptions, 'randomSubnets' | 'sampling' | 'sampledCandidates'>;
  /** Null for uniform sampling. */
  readonly costBins: CostBins | null;
}

/** Loss of a child on the batch of the step, nats. */
export type LossOf = (child: Architecture) => Promise<number>;

/**
 * The random children of a sandwich: uniform draws, or of several of equal cost the one of least (`best-up`) or greatest
 * (`worst-up`) loss, the first of equals.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.2; Yu & Huang 2019, arXiv:1903.05134 — sandwich rule
 * @see Wang et al. 2021, AttentiveNAS, arXiv:2011.09011 §4
 */
export async function randomChildren(
  { space, settings, costBins }: SandwichRule,
  lossOf: LossOf,
  rng: Rng,
): Promise<readonly Architecture[]> {
  const { randomSubnets, sampling, sampledCandidates } = settings;
  const children: Architecture[] = [];
  for (let at = 0; at < randomSubnets; at++) {
    if (!costBins) {
      children.push(sample(space, rng));
      continue;
    }
    const drawn = drawOfOneCost(costBins, sampledCandidates, rng);
    const losses: number[] = [];
    for (const child of drawn) losses.push(await lossOf(child));
    const extreme = sampling === 'best-up' ? Math.min(...losses) : Math.max(...losses);
    children.push(drawn[losses.indexOf(extreme)] as Architecture);
  }
  return children;
}
