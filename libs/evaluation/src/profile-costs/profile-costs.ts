/** @file What the table of a hardware profile says of the candidates of a search: a row of the very network, or a sum of its blocks. */
import {
  costKey,
  evidenceOf,
  MbconvArchitecture,
  type CandidateCost,
  type CreateSearch,
  type HardwareConditions,
  type HardwareKeyKind,
  type HardwareMetric,
  type HardwareRow,
} from '@sextant/contracts';
import { blockTableCost } from '@sextant/hardware';
import { resolveSupernetSpace } from '../request';

/** One metric of one version of a profile. */
export interface ProfileTable {
  readonly profile: string;
  readonly version: number;
  readonly metric: HardwareMetric;
  readonly keys: HardwareKeyKind;
  readonly conditions: HardwareConditions;
}

export interface PricedSearch {
  readonly id: string;
  /** Of the worker's lease; null for whoever else brings costs. */
  readonly epoch: number | null;
  readonly space: CreateSearch['space'];
}

interface Unpriced {
  readonly id: string;
  readonly architecture: unknown;
}

/** The repositories of hardware profiles and candidates, as far as they are needed. */
export interface ProfileCostPorts {
  readonly hardwareProfiles: {
    /** Rows that name candidates whose cost is not known but by prediction. */
    rowsOfCandidates(
      profile: string,
      version: number,
      metric: HardwareMetric,
      searchId: string,
    ): Promise<readonly HardwareRow[]>;
    withoutCost(searchId: string, cost: string): Promise<readonly Unpriced[]>;
    values(
      profile: string,
      version: number,
      metric: HardwareMetric,
    ): Promise<ReadonlyMap<string, number>>;
  };
  readonly candidates: {
    recordCosts(
      searchId: string,
      epoch: number | null,
      costs: readonly CandidateCost[],
    ): Promise<number>;
  };
}

/** New costs by how they are known. */
export interface RecordedCosts {
  readonly rows: number;
  readonly sums: number;
}

/**
 * Gives candidates the costs that the table has of them. A row is of exactly that network, so it is measured (or simulated,
 * where no device gave the numbers). Blocks add up to a prediction; how far off it is nobody has measured, so its bounds are
 * the sum itself and its level is null.
 */
export async function recordProfileCosts(
  ports: ProfileCostPorts,
  table: ProfileTable,
  search: PricedSearch,
): Promise<RecordedCosts> {
  const isOfBlocks = table.keys === 'block';
  const costs = isOfBlocks ? await sums(ports, table, search) : await rows(ports, table, search);
  if (costs.length === 0) return { rows: 0, sums: 0 };
  const count = await ports.candidates.recordCosts(search.id, search.epoch, costs);
  return isOfBlocks ? { rows: 0, sums: count } : { rows: count, sums: 0 };
}

async function rows(
  { hardwareProfiles }: ProfileCostPorts,
  { profile, version, metric, conditions }: ProfileTable,
  { id }: PricedSearch,
): Promise<CandidateCost[]> {
  const found = await hardwareProfiles.rowsOfCandidates(profile, version, metric, id);
  const evidence = evidenceOf(conditions.origin);
  return found.map(({ key, value, p10, p90, n }) => ({
    candidateId: key,
    cost: costKey(metric, profile),
    value,
    lower: p10,
    upper: p90,
    evidence,
    n: n ?? 1,
    conditions: { profile, version, ...conditions },
  }));
}

async function sums(
  { hardwareProfiles }: ProfileCostPorts,
  { profile, version, metric, conditions }: ProfileTable,
  { id, space: name }: PricedSearch,
): Promise<CandidateCost[]> {
  if (name === 'nas-bench-201') return [];
  const space = resolveSupernetSpace(name);
  if (space.family !== 'mbconv') return [];
  const cost = costKey(metric, profile);
  const candidates = await hardwareProfiles.withoutCost(id, cost);
  if (candidates.length === 0) return [];
  const table = await hardwareProfiles.values(profile, version, metric);
  const known = { profile, version, ...conditions, model: 'block-table', level: null };
  return candidates.flatMap(({ id: candidateId, architecture }) => {
    const value = blockTableCost(table, space, MbconvArchitecture.parse(architecture));
    if (value === null) return [];
    const bounds = { lower: value, upper: value };
    return [
      { candidateId, cost, value, ...bounds, evidence: 'predicted', n: 0, conditions: known },
    ];
  });
}
