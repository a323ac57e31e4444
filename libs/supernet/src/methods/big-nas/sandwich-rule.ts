/** @file Which children one step trains. */
import type { Rng } from '@sextant/common';
import {
  maxArchitecture,
  minArchitecture,
  sample,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';

/**
 * The largest network first, whose predictions teach the others; then `randomSubnets` uniform draws; then the smallest.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.2; Yu & Huang 2019, arXiv:1903.05134 — sandwich rule
 */
export const sandwich = (
  space: SearchSpace,
  randomSubnets: number,
  rng: Rng,
): readonly [Architecture, ...Architecture[]] => [
  maxArchitecture(space),
  ...Array.from({ length: randomSubnets }, () => sample(space, rng)),
  minArchitecture(space),
];
