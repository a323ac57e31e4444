/** @file From stored columns and hardware profiles to the table that one search works on. */
import { setImmediate } from 'node:timers/promises';
import { NotFoundError } from '@sextant/common';
import {
  evidenceOf,
  type BenchmarkOptions,
  type BenchmarkTable,
  type HardwareMetric,
} from '@sextant/contracts';
import { allCells, cellKey } from '@sextant/search-space';
import type { BenchmarkRepository, StoredColumn } from './repositories/benchmark.repository';
import {
  versionAt,
  type HardwareProfileRepository,
  type ProfileVersions,
  type StoredHardwareVersion,
} from './repositories/hardware-profile.repository';

export interface TableSources {
  readonly benchmarks: BenchmarkRepository;
  readonly hardwareProfiles: HardwareProfileRepository;
}

/** The costs of hardware profiles that a search looks up, each once, in a fixed order. */
export function profileCosts({ limits, objectives, costs }: BenchmarkOptions): string[] {
  const all = [...Object.keys(limits), ...objectives, ...costs];
  return [...new Set(all.filter((cost) => cost.includes('@')))].sort();
}

/** Computed at a time, so that other requests get their turn. */
const keysPerTurn = 1000;

async function computeKeys(): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const cell of allCells()) {
    keys.push(cellKey(cell));
    if (keys.length % keysPerTurn === 0) await setImmediate();
  }
  return keys;
}

let keys: Promise<readonly string[]> | null = null;
/** Keys of all cells, by official index; computed once, 0.1 s. */
export const cellKeys = (): Promise<readonly string[]> => (keys ??= computeKeys());

/**
 * One cost of a profile's current version, or of the one that is `pinned`, by official index.
 * @throws {NotFoundError} there is no such profile, or it has no such numbers about cells
 */
export async function loadProfileCost(
  profiles: HardwareProfileRepository,
  cost: string,
  pinned?: ProfileVersions,
): Promise<BenchmarkTable['costs'][number]> {
  const [metric = '', id = ''] = cost.split('@');
  const profile = await profiles.get(id);
  const version = versionAt(profile, pinned?.[id]);
  const values = await profiles.values(id, version.version, metric as HardwareMetric);
  if (version.space !== 'nas-bench-201' || values.size === 0) {
    throw new NotFoundError(`hardware profile ${id} has no ${metric} of cells of nas-bench-201`);
  }
  return {
    cost,
    values: (await cellKeys()).map((key) => values.get(key) ?? null),
    evidence: evidenceOf(version.conditions.origin),
    conditions: conditionsOf(id, version),
  };
}

const conditionsOf = (
  profile: string,
  { version, source, conditions }: StoredHardwareVersion,
): Record<string, unknown> => ({ profile, version, source, ...conditions });

/** @throws {NotFoundError} the benchmark, a column, a profile, or its numbers are not there */
export async function loadBenchmarkTable(
  { benchmarks, hardwareProfiles }: TableSources,
  options: BenchmarkOptions,
  pinned?: ProfileVersions,
): Promise<BenchmarkTable> {
  const { columns } = await benchmarks.get(options.benchmark);
  const proxies = columns.filter(({ kind }) => kind === 'proxy').map(({ name }) => name);
  const [select] = await benchmarks.columns(options.benchmark, [options.select]);
  const seconds = columns.find(
    ({ kind, dataset, epochs }) =>
      kind === 'seconds' && dataset === select?.dataset && epochs === select.epochs,
  );
  const optional = async (name: string | undefined | null): Promise<StoredColumn | null> =>
    name ? ((await benchmarks.columns(options.benchmark, [name]))[0] ?? null) : null;
  const costs: BenchmarkTable['costs'] = [];
  for (const cost of profileCosts(options)) {
    costs.push(await loadProfileCost(hardwareProfiles, cost, pinned));
  }
  return {
    select: mutable(select as StoredColumn),
    report: nullable(await optional(options.report)),
    seconds: nullable(await optional(seconds?.name)),
    proxies: (await benchmarks.columns(options.benchmark, proxies)).map(mutable),
    costs,
  };
}

const mutable = ({ values, ...column }: StoredColumn) => ({ ...column, values: [...values] });
const nullable = (column: StoredColumn | null) => column && mutable(column);
