/** @file Which children one step trains. */
import type { Rng } from '@sextant/common';
import {
  maxArchitecture,
  minArchitecture,
  sample,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';

export interface Sandwich {
  /** Trained on the labels; its predictions teach the others. */
  readonly largest: Architecture;
  readonly random: readonly Architecture[];
  readonly smallest: Architecture;
}

/**
 * The largest network, `randomSubnets` uniform draws, and the smallest.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.2; Yu & Huang 2019, arXiv:1903.05134 — sandwich rule
 */
export const sandwich = (space: SearchSpace, randomSubnets: number, rng: Rng): Sandwich => ({
  largest: maxArchitecture(space),
  random: Array.from({ length: randomSubnets }, () => sample(space, rng)),
  smallest: minArchitecture(space),
});
