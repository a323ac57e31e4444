/** @file Models that wait to be measured on a device: leased to one agent at a time, done once, given up after a few tries. */
import { ConflictError, LeaseLostError, NotFoundError } from '@sextant/common';
import {
  costKey,
  type CandidateCost,
  type HardwareMetric,
  type MeasurementRequest,
  type MeasurementTaskState,
} from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { updateFronts } from '../fronts/fronts';
import { countIn, countOut } from '../query/blocks';
import { holdResults } from '../results/hold-results';
import { upsertCosts } from '../results/upsert-costs';
import { uuidV7 } from '../uuid';
import { insertRows } from './hardware-profile.repository';

export interface TaskError {
  readonly code: string;
  readonly message: string;
}

export interface LeasedTask {
  readonly id: string;
  readonly leaseEpoch: number;
  readonly version: number;
  readonly searchId: string;
  readonly candidateId: string;
  readonly macs: number;
  readonly modelSha256: string;
  readonly modelBytes: number;
  readonly leaseExpiresAt: Date;
}

/** What its agent may report on. */
export type HeldTask = Omit<LeasedTask, 'leaseExpiresAt' | 'modelSha256' | 'modelBytes'>;

export interface RequestedTask {
  readonly candidateId: string;
  readonly state: MeasurementTaskState;
  readonly attempts: number;
  readonly error: TaskError | null;
  readonly latencyMs: number | null;
}

export interface StoredMeasurementRequest {
  readonly id: string;
  readonly profile: string;
  readonly searchId: string;
  readonly tasks: readonly RequestedTask[];
}

/** Asked for, and not queued. */
export interface Skipped {
  /** Have a measurement on this device. */
  readonly measured: number;
  /** Wait already. */
  readonly waiting: number;
  readonly withoutModel: number;
}

/** One latency of one candidate, as it is stored. */
export interface AcceptedLatency {
  readonly value: number;
  readonly p10: number;
  readonly p90: number;
  readonly n: number;
  readonly measuredAt: string;
  /** Conditions and repetitions. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** So often a task is tried, whether its agent failed, was refused or vanished. */
export const mostAttempts = 3;

const vanished: TaskError = {
  code: 'agent-lost',
  message: 'the agent did not answer before its lease ran out',
};

export class MeasurementTaskRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Queues candidates that have a model, no measurement on the device, and do not wait already.
   * @throws {NotFoundError} there is no such profile, search or candidate
   * @throws {ConflictError} nothing that was asked for can be measured
   */
  request(
    profile: string,
    { searchId, candidateIds, top, again }: MeasurementRequest,
  ): Promise<{ readonly request: StoredMeasurementRequest; readonly skipped: Skipped }> {
    return this.dataSource.transaction(async (manager) => {
      await holdProfile(manager, profile);
      const chosen = await manager.query<Choice[]>(
        `select c.id, c.model_sha256 is not null as "hasModel",
           not $6 and exists (select from candidate_cost k where k.search_id = c.search_id and k.cost = $3
                   and k.candidate_id = c.id and k.evidence = 'measured') as "isMeasured",
           exists (select from measurement_task t where t.profile_id = $2 and t.search_id = c.search_id
                   and t.candidate_id = c.id and t.state in ('waiting','leased')) as waits
         from candidate c where c.search_id = $1 and ($4::text[] is null or c.id = any($4))
           and ($5::integer is null or c.accuracy is not null)
         order by c.accuracy desc nulls last, c.macs, c.id limit $5`,
        [
          searchId,
          profile,
          costKey('latencyMs', profile),
          candidateIds ?? null,
          top ?? null,
          again,
        ],
      );
      await requireAll(manager, searchId, candidateIds, chosen);
      const open = chosen.filter(
        ({ hasModel, isMeasured, waits }) => hasModel && !isMeasured && !waits,
      );
      const skipped = {
        withoutModel: chosen.filter(({ hasModel }) => !hasModel).length,
        measured: chosen.filter(({ hasModel, isMeasured }) => hasModel && isMeasured).length,
        waiting: chosen.filter(
          ({ hasModel, isMeasured, waits }) => hasModel && !isMeasured && waits,
        ).length,
      };
      const id = await newId(manager);
      for (const [at, { id: candidateId }] of open.entries()) {
        await manager.query(
          `insert into measurement_task (id, request_id, profile_id, search_id, candidate_id) values ($1, $2, $3, $4, $5)`,
          [await newId(manager, at), id, profile, searchId, candidateId],
        );
      }
      if (open.length === 0) throw new ConflictError(whyNothing(skipped));
      return { request: await found(manager, profile, id), skipped };
    });
  }

  /** @throws {NotFoundError} the profile has no such request */
  get(profile: string, id: string): Promise<StoredMeasurementRequest> {
    return found(this.dataSource.manager, profile, id);
  }

  /**
   * The oldest task that waits, or whose agent has vanished, for `seconds`; null where there is none.
   * @param version of the profile that takes the result
   */
  lease(
    profile: string,
    agentKey: string,
    version: number,
    seconds: number,
  ): Promise<LeasedTask | null> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(
        `update measurement_task set state = 'given-up', last_error = $2, finished_at = now()
         where profile_id = $1 and state = 'leased' and lease_expires_at < now() and attempts >= ${mostAttempts}`,
        [profile, vanished],
      );
      const [rows] = await manager.query<[LeasedTask[], number]>(
        `update measurement_task t set state = 'leased', lease_epoch = t.lease_epoch + 1, attempts = t.attempts + 1,
           leased_by = $2, version = $3, lease_expires_at = now() + $4 * interval '1 second'
         from candidate c where c.search_id = t.search_id and c.id = t.candidate_id and t.id =
           (select id from measurement_task where profile_id = $1
              and (state = 'waiting' or (state = 'leased' and lease_expires_at < now()))
            order by id limit 1 for update skip locked)
         returning t.id, t.lease_epoch as "leaseEpoch", t.version, t.search_id as "searchId",
           t.candidate_id as "candidateId", c.macs, c.model_sha256 as "modelSha256", c.model_bytes as "modelBytes",
           t.lease_expires_at as "leaseExpiresAt"`,
        [profile, agentKey, version, seconds],
      );
      return rows[0] ?? null;
    });
  }

  /** The task while the agent holds it. @throws {LeaseLostError} it does not, or not any more */
  async held(profile: string, task: string, agentKey: string, epoch: number): Promise<HeldTask> {
    const [row] = await this.dataSource.query<LeasedTask[]>(
      `select t.id, t.lease_epoch as "leaseEpoch", t.version, t.search_id as "searchId",
         t.candidate_id as "candidateId", c.macs
       from measurement_task t join candidate c on c.search_id = t.search_id and c.id = t.candidate_id
       where t.profile_id = $1 and t.id = $2 and ${heldBy}`,
      [profile, task, agentKey, epoch],
    );
    if (!row) throw lost(task, epoch);
    return row;
  }

  /**
   * Stores the latency in the version's table and as a cost of the candidate, and ends the task, all in one.
   * @throws {LeaseLostError} the agent does not hold the task: nothing is written
   */
  complete(
    profile: string,
    task: string,
    agentKey: string,
    epoch: number,
    latency: AcceptedLatency,
  ): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const { searchId, candidateId, version } = await settle(
        manager,
        [profile, task, agentKey, epoch],
        `state = 'done', finished_at = now(), last_error = null`,
        [],
      );
      const metric: HardwareMetric = 'latencyMs';
      const { value, p10, p90, n, measuredAt, details } = latency;
      const row = { key: candidateId, metric, value, p10, p90, n };
      await insertRows(manager, profile, version, [
        { ...row, measuredAt: new Date(measuredAt), details },
      ]);
      const cost: CandidateCost = {
        candidateId,
        cost: costKey(metric, profile),
        value,
        lower: p10,
        upper: p90,
        evidence: 'measured',
        n,
        conditions: { ...details, version, measuredAt },
      };
      await holdResults(manager, searchId, null);
      await countOut(manager, searchId, [candidateId], [cost.cost]);
      // a measurement of another version of the device makes room for this one
      await manager.query(
        `delete from candidate_cost where search_id = $1 and candidate_id = $2 and cost = $3
           and evidence = 'measured' and (conditions ->> 'version')::integer is distinct from $4::integer`,
        [searchId, candidateId, cost.cost, version],
      );
      await upsertCosts(manager, searchId, [cost]);
      await countIn(manager, searchId, [candidateId], [cost.cost]);
      await updateFronts(manager, searchId, [candidateId]);
    });
  }

  /**
   * Gives the task back, or up after the last attempt.
   * @returns the state it is in now
   * @throws {LeaseLostError} the agent does not hold the task
   */
  fail(
    profile: string,
    task: string,
    agentKey: string,
    epoch: number,
    error: TaskError,
  ): Promise<MeasurementTaskState> {
    return this.dataSource.transaction(async (manager) => {
      const ended = `attempts >= ${mostAttempts}`;
      const { state } = await settle(
        manager,
        [profile, task, agentKey, epoch],
        `state = case when ${ended} then 'given-up' else 'waiting' end, last_error = $5,
         finished_at = case when ${ended} then now() end`,
        [error],
      );
      return state;
    });
  }

  /** Latencies a version holds already. */
  async rangeOf(
    profile: string,
    version: number,
  ): Promise<{ readonly count: number; readonly smallest: number; readonly largest: number }> {
    const [row] = await this.dataSource.query<
      { count: number; smallest: number | null; largest: number | null }[]
    >(
      `select count(*)::integer as count, min(value) as smallest, max(value) as largest from hardware_row
       where profile_id = $1 and version = $2 and metric = 'latencyMs'`,
      [profile, version],
    );
    return { count: row?.count ?? 0, smallest: row?.smallest ?? 0, largest: row?.largest ?? 0 };
  }
}

interface Choice {
  readonly id: string;
  readonly hasModel: boolean;
  readonly isMeasured: boolean;
  readonly waits: boolean;
}

/** By an agent that got it under this epoch and is in time, or so little late that nobody else has it. */
const heldBy = `state = 'leased' and leased_by = $3 and lease_epoch = $4`;

const lost = (task: string, epoch: number): LeaseLostError =>
  new LeaseLostError(`measurement task ${task}: epoch ${epoch} no longer holds the lease`);

async function settle(
  manager: EntityManager,
  [profile, task, agentKey, epoch]: readonly [string, string, string, number],
  set: string,
  parameters: readonly unknown[],
) {
  const [rows] = await manager.query<
    [
      {
        searchId: string;
        candidateId: string;
        version: number;
        state: MeasurementTaskState;
      }[],
      number,
    ]
  >(
    `update measurement_task set ${set}, lease_expires_at = null where profile_id = $1 and id = $2 and ${heldBy}
     returning search_id as "searchId", candidate_id as "candidateId", version, state`,
    [profile, task, agentKey, epoch, ...parameters],
  );
  const [row] = rows;
  if (!row) throw lost(task, epoch);
  return row;
}

/** Ids of rows made together: each `later` one sorts behind those before it. */
async function newId(manager: EntityManager, later = 0): Promise<string> {
  const [clock] = await manager.query<{ ms: number }[]>(
    `select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
  );
  return uuidV7((clock?.ms ?? 0) + later);
}

/** One request at a time, so that no candidate is queued twice. */
async function holdProfile(manager: EntityManager, profile: string): Promise<void> {
  const rows = await manager.query<unknown[]>(
    `select id from hardware_profile where id = $1 for update`,
    [profile],
  );
  if (rows.length === 0) throw new NotFoundError(`there is no hardware profile ${profile}`);
}

async function requireAll(
  manager: EntityManager,
  searchId: string,
  candidateIds: readonly string[] | undefined,
  chosen: readonly Choice[],
): Promise<void> {
  const missing = candidateIds?.find((id) => !chosen.some((it) => it.id === id));
  if (missing !== undefined) {
    throw new NotFoundError(`search ${searchId} has no candidate ${missing}`);
  }
  const searches = await manager.query<unknown[]>(`select id from search where id = $1`, [
    searchId,
  ]);
  if (searches.length === 0) throw new NotFoundError(`there is no search ${searchId}`);
}

const whyNothing = ({ measured, waiting, withoutModel }: Skipped): string =>
  `nothing of it is left to measure: ${measured} measured already, ${waiting} waiting already, ${withoutModel} without a stored model`;

async function found(
  manager: EntityManager,
  profile: string,
  id: string,
): Promise<StoredMeasurementRequest> {
  const tasks = await manager.query<(RequestedTask & { readonly searchId: string })[]>(
    `select t.search_id as "searchId", t.candidate_id as "candidateId", t.state, t.attempts, t.last_error as error,
       r.value as "latencyMs"
     from measurement_task t left join hardware_row r on t.state = 'done' and r.profile_id = t.profile_id
       and r.version = t.version and r.metric = 'latencyMs' and r.key = t.candidate_id
     where t.profile_id = $1 and t.request_id = $2 order by t.id`,
    [profile, id],
  );
  const [first] = tasks;
  if (!first) {
    throw new NotFoundError(`hardware profile ${profile} has no measurement request ${id}`);
  }
  return {
    id,
    profile,
    searchId: first.searchId,
    tasks: tasks.map(({ searchId: _, ...task }) => task),
  };
}
