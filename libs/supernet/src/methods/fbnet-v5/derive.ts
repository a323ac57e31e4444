/** @file The architectures a search came to, per task. */
import type { Rng } from '@sextant/common';
import {
  pruneTopology,
  topologyKey,
  type Topology,
  type TopologySpace,
} from '@sextant/search-space';
import { drawTopology, likeliestTopology, type Logits } from './topology-distribution';

/**
 * Different networks for one task, without what reaches its head no longer: the likeliest first, then up to `draws` from
 * its distribution.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — Differs: the paper samples one
 */
export function deriveTopologies(
  space: TopologySpace,
  logits: Logits,
  reads: readonly number[],
  draws: number,
  rng: Rng,
): readonly Topology[] {
  const drawn = Array.from({ length: draws }, () => drawTopology(logits, rng));
  const found = new Map(
    [likeliestTopology(logits), ...drawn]
      .map((topology) => pruneTopology(space, topology, reads))
      .map((topology) => [topologyKey(topology), topology]),
  );
  return [...found.values()];
}
