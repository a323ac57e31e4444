/** @file One architecture of a topology space: which of its units are kept. */
import { InvalidArchitectureError, type Rng } from '@sextant/common';
import { topologyUnits } from './topology-blocks';
import { pathCount, type TopologySpace } from './topology-space';

/** a ∈ {0,1}^B in the order of `topologyUnits`. */
export type Topology = readonly (0 | 1)[];

/** @throws {InvalidArchitectureError} the space has another number of units */
export function requireTopology(space: TopologySpace, topology: Topology): Topology {
  const { length } = topologyUnits(space);
  if (topology.length === length) return topology;
  throw new InvalidArchitectureError(
    `${space.name} has ${length} blocks and edges to choose, the architecture says ${topology.length}`,
  );
}

export const fullTopology = (space: TopologySpace): Topology => topologyUnits(space).map(() => 1);

/** Each unit kept with probability `keep`, independently. */
export const sampleTopology = (space: TopologySpace, keep: number, rng: Rng): Topology =>
  topologyUnits(space).map(() => (rng.uniform() < keep ? 1 : 0));

/** The bits as text, e.g. `1101…`. */
export const topologyKey = (topology: Topology): string => topology.join('');

/** @throws {InvalidArchitectureError} not a text of 0 and 1, one for each unit */
export function parseTopology(space: TopologySpace, key: string): Topology {
  if (!/^[01]*$/.test(key)) throw new InvalidArchitectureError(`${key} is no text of 0 and 1`);
  return requireTopology(
    space,
    [...key].map((bit) => (bit === '1' ? 1 : 0)),
  );
}

/** Paths whose maps are used after each stage 0…S, by a head that reads `reads` of the last one. */
export function pathsInUse(
  space: TopologySpace,
  topology: Topology,
  reads: readonly number[],
): readonly ReadonlySet<number>[] {
  const units = topologyUnits(space);
  const after: ReadonlySet<number>[] = [new Set(reads)];
  for (let stage = space.stages; stage > 0; stage--) {
    const needed = after[0] as ReadonlySet<number>;
    const sources = units.flatMap((unit, at) => {
      const isOpen = unit.kind === 'fusion' && unit.fusion === stage - 1 && topology[at] === 1;
      return isOpen && needed.has(unit.to) ? [unit.from] : [];
    });
    after.unshift(new Set([...needed, ...sources]));
  }
  return after;
}

/**
 * The same network for a head that reads `reads`, with everything left out that no longer reaches it. In the backbone a
 * path is made from the one before it, so that its blocks are used wherever a deeper path is.
 * @throws {InvalidArchitectureError} the space has another number of units
 */
export function pruneTopology(
  space: TopologySpace,
  topology: Topology,
  reads: readonly number[],
): Topology {
  const after = pathsInUse(space, requireTopology(space, topology), reads);
  const deepest = Math.max(...(after[0] ?? []));
  return topologyUnits(space).map((unit, at) => {
    if (topology[at] === 0) return 0;
    if (unit.kind === 'fusion') return after[unit.fusion + 1]?.has(unit.to) ? 1 : 0;
    const isUsed = unit.stage === 0 ? unit.path <= deepest : after[unit.stage]?.has(unit.path);
    return isUsed ? 1 : 0;
  });
}

/** Every path: what is read where nothing is known of the head. */
export const allPaths: readonly number[] = Array.from({ length: pathCount }, (_, path) => path);
