/** @file Hardware profiles that a search names: their versions, and the costs that their tables have of its candidates. */
import { isSearchBy, type CreateSearch, type HardwareMetric } from '@sextant/contracts';
import { recordProfileCosts, type ProfileTable } from '@sextant/evaluation';
import {
  currentVersion,
  loadBlockLatencies,
  profileCosts,
  versionAt,
  type CandidateRepository,
  type HardwareProfileRepository,
  type ProfileVersions,
} from '@sextant/persistence';

/** Of limits, objectives and further costs, and those that give candidates their costs. */
export function profilesOf(spec: CreateSearch): string[] {
  const looked = isSearchBy(spec, 'benchmark') ? profileCosts(spec.method.options) : [];
  const ids = looked.map((cost) => cost.slice(cost.indexOf('@') + 1));
  const learnt = latencyProfileOf(spec);
  return [
    ...new Set([...ids, ...(learnt === null ? [] : [learnt]), ...(spec.hardware ?? [])]),
  ].sort();
}

/** The device whose latencies a search learns from; null: none. */
const latencyProfileOf = (spec: CreateSearch): string | null =>
  isSearchBy(spec, 'proxyless-nas') ? spec.method.options.latencyProfile : null;

/**
 * Ms by block of the device whose latencies a search learns from; null where it names none.
 * @throws {NotFoundError} the profile, its version, or a table of blocks in it is not there
 */
export async function blockLatenciesOf(
  profiles: HardwareProfileRepository,
  spec: CreateSearch,
  versions: ProfileVersions,
): Promise<Record<string, number> | null> {
  const id = latencyProfileOf(spec);
  return id === null ? null : Object.fromEntries(await loadBlockLatencies(profiles, id, versions));
}

/** @throws {NotFoundError} there is no such profile */
export async function currentVersions(
  profiles: HardwareProfileRepository,
  ids: readonly string[],
): Promise<ProfileVersions> {
  const versions = ids.map(async (id) => [id, currentVersion(await profiles.get(id)).version]);
  return Object.fromEntries(await Promise.all(versions)) as ProfileVersions;
}

interface Repositories {
  readonly candidates: CandidateRepository;
  readonly hardwareProfiles: HardwareProfileRepository;
}

export class ProfileTables {
  private constructor(
    private readonly repositories: Repositories,
    private readonly tables: readonly ProfileTable[],
    private readonly space: CreateSearch['space'],
  ) {}

  /** @throws {NotFoundError} a profile, or its version, is gone */
  static async of(
    repositories: Repositories,
    { hardware = [], space }: CreateSearch,
    versions: ProfileVersions,
  ): Promise<ProfileTables> {
    const tables: ProfileTable[] = [];
    for (const profile of hardware) {
      const at = versionAt(await repositories.hardwareProfiles.get(profile), versions[profile]);
      const { version, keys, conditions } = at;
      const metrics = Object.keys(at.rowCounts) as HardwareMetric[];
      tables.push(...metrics.map((metric) => ({ profile, version, metric, keys, conditions })));
    }
    return new ProfileTables(repositories, tables, space);
  }

  /** What is known of the candidates stored so far and not recorded yet. */
  async record(searchId: string, epoch: number): Promise<void> {
    for (const table of this.tables) {
      await recordProfileCosts(this.repositories, table, {
        id: searchId,
        epoch,
        space: this.space,
      });
    }
  }
}
