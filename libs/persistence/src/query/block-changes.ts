/** @file What a batch of candidates changes in the blocks it falls in: counts, and the lowest values within. */
import { isLatency, isRanking, type OrderingKey } from './orderings';

/** Where a block starts. */
export interface Start {
  readonly k1: number;
  readonly k2: number;
  readonly id: string;
}

/** A candidate in one ordering, and the block it falls in; null where the ordering is empty so far. */
export interface Entry {
  readonly ordering: OrderingKey;
  readonly candidate: string;
  readonly value: number;
  readonly measured: boolean;
  readonly evaluated: boolean;
  readonly predicted: boolean;
  readonly k1: number | null;
  readonly k2: number | null;
  readonly id: string | null;
}

const firstStart: Start = { k1: -Infinity, k2: 0, id: '' };
const startOfEntry = ({ k1, k2, id }: Entry): Start =>
  k1 === null ? firstStart : { k1, k2: k2 ?? 0, id: id ?? '' };
const nameOf = (...parts: readonly (string | number)[]): string => parts.join(' ');

export interface Change extends Start {
  readonly ordering: string;
  n: number;
  evaluated: number;
  evaluatedMeasured: number;
  predicted: number;
  predictedMeasured: number;
}

/** How the counts of each block change when the entries come, or with `sign` −1 go. */
export function changesBy(entries: readonly Entry[], sign: 1 | -1): Change[] {
  const changes = new Map<string, Change>();
  for (const entry of entries) {
    const { ordering, measured, evaluated, predicted } = entry;
    const start = startOfEntry(entry);
    const name = nameOf(ordering, start.k1, start.k2, start.id);
    const none = { n: 0, evaluated: 0, evaluatedMeasured: 0, predicted: 0, predictedMeasured: 0 };
    const change = changes.get(name) ?? { ordering, ...start, ...none };
    changes.set(name, change);
    change.n += sign;
    if (evaluated) change.evaluated += sign;
    if (evaluated && measured) change.evaluatedMeasured += sign;
    if (predicted) change.predicted += sign;
    if (predicted && measured) change.predictedMeasured += sign;
  }
  return [...changes.values()];
}

export interface Floor extends Start {
  readonly ordering: string;
  readonly cost: string;
  lowest: number;
  lowestMeasured: number | null;
}

function byCandidate(entries: readonly Entry[]): ReadonlyMap<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.candidate);
    if (group) group.push(entry);
    else groups.set(entry.candidate, [entry]);
  }
  return groups;
}

/** Costs within blocks of the rankings, and scores within blocks by latency: what a walk along one asks of the other. */
export function floorsBy(entries: readonly Entry[]): Floor[] {
  const floors = new Map<string, Floor>();
  const ofCandidate = byCandidate(entries);
  for (const entry of entries) {
    const { ordering } = entry;
    if (!isRanking(ordering) && !isLatency(ordering)) continue;
    const start = startOfEntry(entry);
    for (const other of ofCandidate.get(entry.candidate) ?? []) {
      if (isRanking(ordering) === isRanking(other.ordering)) continue;
      const name = nameOf(ordering, other.ordering, start.k1, start.k2, start.id);
      const none = { lowest: Infinity, lowestMeasured: null };
      const floor = floors.get(name) ?? { ordering, cost: other.ordering, ...start, ...none };
      floors.set(name, floor);
      floor.lowest = Math.min(floor.lowest, other.value);
      if (entry.measured && other.measured)
        floor.lowestMeasured = Math.min(floor.lowestMeasured ?? Infinity, other.value);
    }
  }
  return [...floors.values()];
}
