/** @file Hardware profiles: versions that only ever gain rows, tables imported whole or not at all. */
import { ConflictError, NotFoundError } from '@sextant/common';
import type {
  CreateHardwareProfile,
  CreateHardwareVersion,
  HardwareConditions,
  HardwareKeyKind,
  HardwareMetric,
  HardwareRow,
  HardwareSource,
} from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';

/** A model of one metric of a version: `model` is what predicts, `summary` what people read of it. */
export interface StoredHardwareModel {
  readonly metric: HardwareMetric;
  readonly kind: string;
  readonly model: unknown;
  readonly summary: unknown;
  readonly createdAt: Date;
}

export interface StoredHardwareVersion {
  readonly version: number;
  readonly source: HardwareSource;
  readonly space: string | null;
  readonly keys: HardwareKeyKind;
  readonly conditions: HardwareConditions;
  readonly rowCounts: Readonly<Partial<Record<HardwareMetric, number>>>;
  /** Of an imported table: its report. */
  readonly origin: unknown;
  readonly sealedAt: Date | null;
  readonly createdAt: Date;
  readonly models: readonly Omit<StoredHardwareModel, 'model'>[];
}

export interface StoredHardwareProfile {
  readonly id: string;
  readonly name: string | null;
  readonly createdAt: Date;
  /** Newest first; never empty. */
  readonly versions: readonly StoredHardwareVersion[];
}

/** A row with when and how it was measured. */
export interface StoredHardwareRow extends HardwareRow {
  readonly measuredAt: Date | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

export interface ImportedTable {
  readonly space: string | null;
  readonly keys: HardwareKeyKind;
  readonly conditions: HardwareConditions;
  /** The report of the import, kept with the version. */
  readonly origin: unknown;
  readonly rows: readonly HardwareRow[];
}

/** Place after a row of a listing. */
export interface RowCursor {
  readonly metric: string;
  readonly key: string;
}

const rowsPerInsert = 5000;
const mostOthers = 50;

/** The newest version that has rows, else the newest. */
export function currentVersion({ versions }: StoredHardwareProfile): StoredHardwareVersion {
  const measured = versions.find(({ rowCounts }) => Object.keys(rowCounts).length > 0);
  const version = measured ?? versions[0];
  if (version === undefined) throw new NotFoundError('a hardware profile without a version');
  return version;
}

/** Version of each profile by its id. */
export type ProfileVersions = Readonly<Record<string, number>>;

/** The version of that number, or the current one. @throws {NotFoundError} there is no such version */
export function versionAt(
  profile: StoredHardwareProfile,
  version: number | undefined,
): StoredHardwareVersion {
  if (version === undefined) return currentVersion(profile);
  const found = profile.versions.find((it) => it.version === version);
  if (found) return found;
  throw new NotFoundError(`hardware profile ${profile.id} has no version ${version}`);
}

export class HardwareProfileRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws {ConflictError} the id is taken */
  create(spec: CreateHardwareProfile): Promise<StoredHardwareProfile> {
    return this.dataSource.transaction(async (manager) => {
      const made = await manager.query<unknown[]>(
        `insert into hardware_profile (id, name) values ($1, $2) on conflict do nothing returning id`,
        [spec.id, spec.name ?? null],
      );
      if (made.length === 0) {
        throw new ConflictError(
          `there is a hardware profile ${spec.id} already; add a version to it, or choose another id`,
        );
      }
      await insertVersion(manager, spec.id, spec);
      return found(manager, spec.id);
    });
  }

  /** @throws {NotFoundError} there is no such profile */
  get(id: string): Promise<StoredHardwareProfile> {
    return found(this.dataSource.manager, id);
  }

  /** In the order of their ids. */
  async list(limit: number, after: string | null): Promise<StoredHardwareProfile[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select id from hardware_profile where $2::text is null or id > $2 order by id limit $1`,
      [limit, after],
    );
    return load(
      this.dataSource.manager,
      rows.map(({ id }) => id),
    );
  }

  /** @throws {NotFoundError} there is no such profile */
  addVersion(id: string, spec: CreateHardwareVersion): Promise<StoredHardwareProfile> {
    return this.dataSource.transaction(async (manager) => {
      await hold(manager, id);
      await insertVersion(manager, id, spec);
      return found(manager, id);
    });
  }

  /**
   * Stores a whole table as a version of its own and seals it. A version that is still empty and describes the same
   * thing is filled; otherwise a new one is made.
   * @returns the number of the version
   * @throws {NotFoundError} there is no such profile
   */
  importTable(id: string, table: ImportedTable): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      await hold(manager, id);
      const spec = { ...table, source: 'imported' as const };
      const version =
        (await openVersion(manager, id, spec, true)) ?? (await insertVersion(manager, id, spec));
      await insertRows(
        manager,
        id,
        version,
        table.rows.map((row) => ({ ...row, measuredAt: null, details: null })),
      );
      await manager.query(
        `update hardware_version set sealed_at = now(), origin = $3 where profile_id = $1 and version = $2`,
        [id, version, table.origin],
      );
      return version;
    });
  }

  /** The version that takes measurements under these conditions; one is opened where there is none. */
  versionFor(id: string, spec: CreateHardwareVersion): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      await hold(manager, id);
      return (
        (await openVersion(manager, id, spec, false)) ?? (await insertVersion(manager, id, spec))
      );
    });
  }

  /** Rows by metric, then key. */
  async rows(
    id: string,
    version: number,
    {
      metric,
      limit,
      after,
    }: {
      readonly metric: HardwareMetric | null;
      readonly limit: number;
      readonly after: RowCursor | null;
    },
  ): Promise<StoredHardwareRow[]> {
    const rows = await this.dataSource.query<RawRow[]>(
      `select metric, key, value, p10, p90, n, measured_at, details from hardware_row
       where profile_id = $1 and version = $2 and ($3::text is null or metric = $3)
         and ($4::text is null or (metric, key) > ($4, $5)) order by metric, key limit $6`,
      [id, version, metric, after?.metric ?? null, after?.key ?? null, limit],
    );
    return rows.map(({ measured_at: measuredAt, ...row }) => ({ ...row, measuredAt }));
  }

  /** Every value of one metric of a version, by key. */
  async values(id: string, version: number, metric: HardwareMetric): Promise<Map<string, number>> {
    const rows = await this.dataSource.query<{ key: string; value: number }[]>(
      `select key, value from hardware_row where profile_id = $1 and version = $2 and metric = $3 order by key`,
      [id, version, metric],
    );
    return new Map(rows.map(({ key, value }) => [key, value]));
  }

  /** The values of a few keys. */
  async valuesOf(
    id: string,
    version: number,
    metric: HardwareMetric,
    keys: readonly string[],
  ): Promise<Map<string, number>> {
    const rows = await this.dataSource.query<{ key: string; value: number }[]>(
      `select key, value from hardware_row where profile_id = $1 and version = $2 and metric = $3 and key = any($4)`,
      [id, version, metric, keys],
    );
    return new Map(rows.map(({ key, value }) => [key, value]));
  }

  /** Rows that name candidates of a search whose cost is not known yet but by prediction. */
  async rowsOfCandidates(
    id: string,
    version: number,
    metric: HardwareMetric,
    searchId: string,
  ): Promise<HardwareRow[]> {
    return this.dataSource.query<HardwareRow[]>(
      `select r.key, r.metric, r.value, r.p10, r.p90, r.n from candidate c
       join hardware_row r on r.profile_id = $1 and r.version = $2 and r.metric = $3 and r.key = c.id
       where c.search_id = $4 and not exists
         (select from candidate_cost k where k.search_id = c.search_id and k.candidate_id = c.id
            and k.cost = $3 || '@' || $1 and k.evidence <> 'predicted') order by c.id`,
      [id, version, metric, searchId],
    );
  }

  /** Candidates of a search without that cost, not even a predicted one. */
  withoutCost(
    searchId: string,
    cost: string,
  ): Promise<{ readonly id: string; readonly architecture: unknown }[]> {
    return this.dataSource.query(
      `select c.id, c.architecture from candidate c where c.search_id = $1 and not exists
         (select from candidate_cost k where k.search_id = c.search_id and k.candidate_id = c.id and k.cost = $2)
       order by c.id`,
      [searchId, cost],
    );
  }

  async countWithoutCost(searchId: string, cost: string): Promise<number> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `select (select count(*) from candidate where search_id = $1)::integer
         - (select count(*) from candidate_cost where search_id = $1 and cost = $2)::integer as count`,
      [searchId, cost],
    );
    return row?.count ?? 0;
  }

  /** Other profiles whose rows or models of the metric may be of that space, those with the most rows first. */
  async othersWith(
    id: string,
    metric: HardwareMetric,
    space: string,
  ): Promise<StoredHardwareProfile[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select profile_id as id from hardware_version
       where profile_id <> $1 and keys = 'architecture' and (space is null or space = $3) and row_counts ? $2
       group by profile_id order by max((row_counts ->> $2)::integer) desc, profile_id limit $4`,
      [id, metric, space, mostOthers],
    );
    const ids = rows.map((row) => row.id);
    const found = await load(this.dataSource.manager, ids);
    return found.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  }

  /**
   * Architectures behind the rows of candidates, by key: of every search of the space that `searchId` searches.
   */
  async architectures(
    id: string,
    version: number,
    metric: HardwareMetric,
    searchId: string,
  ): Promise<Map<string, unknown>> {
    const rows = await this.dataSource.query<{ key: string; architecture: unknown }[]>(
      `select distinct on (r.key) r.key, c.architecture from hardware_row r
       join search asked on asked.id = $4
       join search s on s.spec -> 'space' = asked.spec -> 'space'
       join candidate c on c.search_id = s.id and c.id = r.key
       where r.profile_id = $1 and r.version = $2 and r.metric = $3 order by r.key, s.id`,
      [id, version, metric, searchId],
    );
    return new Map(rows.map(({ key, architecture }) => [key, architecture]));
  }

  /** Candidates of a search for which that cost was not measured. */
  unmeasured(
    searchId: string,
    cost: string,
  ): Promise<{ readonly id: string; readonly architecture: unknown }[]> {
    return this.dataSource.query(
      `select c.id, c.architecture from candidate c where c.search_id = $1 and not exists
         (select from candidate_cost k where k.search_id = c.search_id and k.candidate_id = c.id and k.cost = $2
            and k.evidence <> 'predicted') order by c.id`,
      [searchId, cost],
    );
  }

  /** Replaces the model of that metric. @throws {NotFoundError} there is no such version */
  async saveModel(
    id: string,
    version: number,
    { metric, kind, model, summary }: Omit<StoredHardwareModel, 'createdAt'>,
  ): Promise<void> {
    await this.dataSource.query(
      `insert into hardware_model (profile_id, version, metric, kind, model, summary) values ($1, $2, $3, $4, $5, $6)
       on conflict (profile_id, version, metric) do update
         set kind = excluded.kind, model = excluded.model, summary = excluded.summary, created_at = now()`,
      [id, version, metric, kind, JSON.stringify(model), JSON.stringify(summary)],
    );
  }

  /** The model of a metric, or null where none was fitted. */
  async model(
    id: string,
    version: number,
    metric: HardwareMetric,
  ): Promise<StoredHardwareModel | null> {
    const [row] = await this.dataSource.query<StoredHardwareModel[]>(
      `select metric, kind, model, summary, created_at as "createdAt" from hardware_model
       where profile_id = $1 and version = $2 and metric = $3`,
      [id, version, metric],
    );
    return row ?? null;
  }

  /** With its rows, models, agents' keys and tasks. @throws {NotFoundError} there is no such profile */
  async delete(id: string): Promise<void> {
    const [rows] = await this.dataSource.query<[unknown[], number]>(
      `delete from hardware_profile where id = $1 returning id`,
      [id],
    );
    if (rows.length === 0) throw missing(id);
  }
}

const missing = (id: string): NotFoundError =>
  new NotFoundError(`there is no hardware profile ${id}`);

/** Keeps others from adding versions until the transaction ends. */
async function hold(manager: EntityManager, id: string): Promise<void> {
  const rows = await manager.query<unknown[]>(
    `select id from hardware_profile where id = $1 for update`,
    [id],
  );
  if (rows.length === 0) throw missing(id);
}

async function insertVersion(
  manager: EntityManager,
  id: string,
  { source, space, keys, conditions }: CreateHardwareVersion,
): Promise<number> {
  const [row] = await manager.query<{ version: number }[]>(
    `insert into hardware_version (profile_id, version, source, space, keys, conditions)
     select $1::text, coalesce(max(version), 0) + 1, $2, $3, $4, $5::jsonb from hardware_version where profile_id = $1
     returning version`,
    [id, source, space, keys, conditions],
  );
  return row?.version ?? 0;
}

/** The newest unsealed version of this very description, or null; `empty`: it has no rows. */
async function openVersion(
  manager: EntityManager,
  id: string,
  { source, space, keys, conditions }: CreateHardwareVersion,
  empty: boolean,
): Promise<number | null> {
  const [row] = await manager.query<{ version: number }[]>(
    `select version from hardware_version
     where profile_id = $1 and source = $2 and space is not distinct from $3 and keys = $4 and conditions = $5::jsonb
       and sealed_at is null and (not $6 or row_counts = '{}') order by version desc limit 1`,
    [id, source, space, keys, conditions, empty],
  );
  return row?.version ?? null;
}

/** Adds rows and counts them; what is there already stays as it is. @returns how many were new */
export async function insertRows(
  manager: EntityManager,
  id: string,
  version: number,
  rows: readonly StoredHardwareRow[],
): Promise<number> {
  const added: Partial<Record<HardwareMetric, number>> = {};
  for (let from = 0; from < rows.length; from += rowsPerInsert) {
    const part = rows.slice(from, from + rowsPerInsert);
    const made = await manager.query<{ metric: HardwareMetric }[]>(
      `insert into hardware_row (profile_id, version, metric, key, value, p10, p90, n, measured_at, details)
       select $1, $2, * from unnest($3::text[], $4::text[], $5::float8[], $6::float8[], $7::float8[], $8::integer[],
         $9::timestamptz[], $10::jsonb[]) on conflict do nothing returning metric`,
      [
        id,
        version,
        part.map(({ metric }) => metric),
        part.map(({ key }) => key),
        part.map(({ value }) => value),
        part.map(({ p10 }) => p10),
        part.map(({ p90 }) => p90),
        part.map(({ n }) => n),
        part.map(({ measuredAt }) => measuredAt),
        part.map(({ details }) => details),
      ],
    );
    for (const { metric } of made) added[metric] = (added[metric] ?? 0) + 1;
  }
  for (const [metric, count] of Object.entries(added)) {
    await manager.query(
      `update hardware_version set row_counts = row_counts ||
         jsonb_build_object($3::text, coalesce((row_counts ->> $3)::integer, 0) + $4::integer)
       where profile_id = $1 and version = $2`,
      [id, version, metric, count],
    );
  }
  return Object.values(added).reduce((sum, count) => sum + count, 0);
}

interface RawRow extends HardwareRow {
  readonly measured_at: Date | null;
  readonly details: Readonly<Record<string, unknown>> | null;
}

async function found(manager: EntityManager, id: string): Promise<StoredHardwareProfile> {
  const [profile] = await load(manager, [id]);
  if (!profile) throw missing(id);
  return profile;
}

/** Profiles with all versions, in the order of their ids. */
async function load(
  manager: EntityManager,
  ids: readonly string[],
): Promise<StoredHardwareProfile[]> {
  if (ids.length === 0) return [];
  const profiles = await manager.query<Omit<StoredHardwareProfile, 'versions'>[]>(
    `select id, name, created_at as "createdAt" from hardware_profile where id = any($1) order by id`,
    [ids],
  );
  const versions = await manager.query<(StoredHardwareVersion & { readonly profileId: string })[]>(
    `select profile_id as "profileId", version, source, space, keys, conditions, row_counts as "rowCounts", origin,
       sealed_at as "sealedAt", created_at as "createdAt" from hardware_version
     where profile_id = any($1) order by profile_id, version desc`,
    [ids],
  );
  const models = await manager.query<
    (Omit<StoredHardwareModel, 'model'> & {
      readonly profileId: string;
      readonly version: number;
    })[]
  >(
    `select profile_id as "profileId", version, metric, kind, summary, created_at as "createdAt" from hardware_model
     where profile_id = any($1) order by metric`,
    [ids],
  );
  return profiles.map((profile) => ({
    ...profile,
    versions: versions
      .filter(({ profileId }) => profileId === profile.id)
      .map((version) => ({
        ...version,
        models: models.filter(
          (it) => it.profileId === profile.id && it.version === version.version,
        ),
      })),
  }));
}
