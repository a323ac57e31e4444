/** @file A name for one network of a topology space and what it is for. */
import { fnv1a128 } from '../canonical-hash';
import { topologyKey, type Topology } from './topology';
import type { TopologySpace } from './topology-space';

/**
 * 32 hexadecimal digits, the same for the same network with the same head. Units that reach no head must be left out of
 * `topology` (`pruneTopology`).
 */
export const topologyHash = (space: TopologySpace, topology: Topology, head: string): string =>
  fnv1a128(JSON.stringify([{ ...space, name: '' }, head, topologyKey(topology)]));
