/** @file Tasks of searches: leased one worker at a time, by the database's clock, every write fenced by the epoch. */
import { LeaseLostError, NotFoundError } from '@sextant/common';
import {
  SearchError,
  TaskId,
  TaskState,
  type SearchState,
  type TaskKind,
} from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';

export interface StoredTask extends TaskId {
  readonly payload: unknown;
  readonly state: TaskState;
  readonly leaseEpoch: number;
  readonly result: unknown;
  readonly error: SearchError | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** A task that belongs to one worker while its epoch is the row's. */
export interface TaskLease {
  readonly id: TaskId;
  readonly epoch: number;
  readonly payload: unknown;
}

export type TaskOutcome =
  | { readonly state: 'succeeded'; readonly result: unknown }
  | { readonly state: 'failed'; readonly error: SearchError }
  | { readonly state: 'cancelled' };

/** One queuing of a task. */
export interface Dispatch {
  readonly task: TaskId;
  readonly occasion: number;
}

/** A task gives up after this many crashes in a row without anything new stored. */
const crashesBeforeQuarantine = 3;

/** A shard runs only while its search wants it to; predictors and reports also after its end. */
const wanted = `(kind <> 'score' or exists
  (select from search s where s.id = task.search_id and s.state in ('queued','leased','running')))`;

const key = `search_id = $1 and kind = $2 and number = $3`;

const TaskRow = z
  .object({
    search_id: z.string(),
    kind: TaskId.shape.kind,
    number: z.int(),
    payload: z.unknown(),
    state: TaskState,
    lease_epoch: z.int(),
    result: z.unknown(),
    error: SearchError.nullable(),
    created_at: z.date(),
    finished_at: z.date().nullable(),
  })
  .transform((row): StoredTask => ({
    searchId: row.search_id,
    kind: row.kind,
    number: row.number,
    payload: row.payload,
    state: row.state,
    leaseEpoch: row.lease_epoch,
    result: row.result,
    error: row.error,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }));

const nameOf = { score: 'shard', predict: 'predictor', report: 'report' } as const;

type Key = readonly [string, TaskKind, number];
const keyOf = ({ searchId, kind, number }: TaskId): Key => [searchId, kind, number];

const lost = ({ searchId, kind, number }: TaskId, epoch: number): LeaseLostError =>
  new LeaseLostError(
    `task ${kind} ${number} of ${searchId}: epoch ${epoch} no longer holds the lease`,
  );

export class TaskRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Adds the next task of this kind, numbered from 1.
   * @throws {NotFoundError} there is no such search
   */
  add(searchId: string, kind: TaskKind, payload: unknown): Promise<StoredTask> {
    return this.dataSource.transaction((manager) => addTask(manager, searchId, kind, payload));
  }

  /** @throws {NotFoundError} there is no such task */
  async get(id: TaskId): Promise<StoredTask> {
    const [row] = await this.dataSource.query<unknown[]>(
      `select * from task where ${key}`,
      keyOf(id).slice(),
    );
    if (!row)
      throw new NotFoundError(`search ${id.searchId} has no ${nameOf[id.kind]} ${id.number}`);
    return TaskRow.parse(row);
  }

  /** Newest first. */
  async list(searchId: string, kind: TaskKind, limit = 100): Promise<StoredTask[]> {
    const rows = await this.dataSource.query<unknown[]>(
      `select * from task where search_id = $1 and kind = $2 order by number desc limit $3`,
      [searchId, kind, limit],
    );
    return rows.map((row) => TaskRow.parse(row));
  }

  /** Takes a queued task for `ttlSeconds`; null where another has it, it has ended, or its search has no use for it. */
  async lease(id: TaskId, owner: string, ttlSeconds: number): Promise<TaskLease | null> {
    const [row] = await this.updated<{ lease_epoch: number; payload: unknown }>(
      `update task set state = 'leased', lease_epoch = lease_epoch + 1, lease_owner = $4,
         lease_expires_at = now() + $5 * interval '1 second', has_progressed = false,
         started_at = coalesce(started_at, now())
       where ${key} and state = 'queued' and ${wanted} returning lease_epoch, payload`,
      [...keyOf(id), owner, ttlSeconds],
    );
    return row ? { id, epoch: row.lease_epoch, payload: row.payload } : null;
  }

  /**
   * Keeps the lease, and says what its search is up to.
   * @throws {LeaseLostError} the lease is another's
   */
  async renew(id: TaskId, epoch: number, ttlSeconds: number): Promise<SearchState> {
    const [row] = await this.updated<{ state: SearchState }>(
      `update task set lease_expires_at = now() + $5 * interval '1 second' from search s
       where ${key} and task.lease_epoch = $4 and task.state = 'leased' and s.id = task.search_id
       returning s.state`,
      [...keyOf(id), epoch, ttlSeconds],
    );
    if (!row) throw lost(id, epoch);
    return row.state;
  }

  /**
   * Ends the task and adds the `next` of its search, both or neither: no crash comes between.
   * @throws {LeaseLostError} the lease is another's
   */
  finish(
    id: TaskId,
    epoch: number,
    outcome: TaskOutcome,
    next: Pick<StoredTask, 'kind' | 'payload'> | null = null,
  ): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      if (next) await addTask(manager, id.searchId, next.kind, next.payload);
      const [rows] = await manager.query<[unknown[], number]>(
        `update task set state = $5, result = $6::jsonb, error = $7::jsonb, finished_at = now(), ${unleased}
         where ${key} and lease_epoch = $4 and state = 'leased' returning number`,
        [
          ...keyOf(id),
          epoch,
          outcome.state,
          'result' in outcome ? JSON.stringify(outcome.result) : null,
          'error' in outcome ? JSON.stringify(outcome.error) : null,
        ],
      );
      if (rows.length === 0) throw lost(id, epoch);
    });
  }

  /**
   * Gives the lease back so that another worker goes on: no crash is counted.
   * @throws {LeaseLostError} the lease is another's
   */
  async release(id: TaskId, epoch: number): Promise<void> {
    const rows = await this.updated(
      `update task set state = 'queued', dispatched_at = null, ${unleased}
       where ${key} and lease_epoch = $4 and state = 'leased' returning number`,
      [...keyOf(id), epoch],
    );
    if (rows.length === 0) throw lost(id, epoch);
  }

  /**
   * The process of this lease died: back to the queue, or out of it after three crashes without progress.
   * @throws {LeaseLostError} the lease is another's
   */
  async crash(id: TaskId, epoch: number, error: SearchError): Promise<void> {
    const at = `${key} and lease_epoch = $4 and state = 'leased'`;
    const rows = await this.settleCrashes(at, [...keyOf(id), epoch], error);
    if (rows === 0) throw lost(id, epoch);
  }

  /** Leases that ran out: their workers are gone. Returns how many tasks moved. */
  reapExpired(): Promise<number> {
    return this.settleCrashes(`state = 'leased' and lease_expires_at < now()`, [], {
      code: 'worker-lost',
      message: 'the worker stopped renewing its lease',
      permanent: false,
    });
  }

  /**
   * Hands over what waits and is not in the queue, and what has been there for `staleSeconds`, which the queue may
   * have lost. Several relays may run: a row is locked while one has it. Nothing is noted when `deliver` throws.
   * @returns how many were delivered
   */
  dispatch(
    limit: number,
    staleSeconds: number,
    deliver: (fresh: readonly Dispatch[], stale: readonly Dispatch[]) => Promise<void>,
  ): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<(TaskRowKey & { dispatches: number; is_fresh: boolean })[]>(
        `select search_id, kind, number, dispatches, dispatched_at is null as is_fresh from task
         where state = 'queued' and ${wanted}
           and (dispatched_at is null or dispatched_at < now() - $2 * interval '1 second')
         order by dispatched_at nulls first, search_id, kind, number limit $1 for update of task skip locked`,
        [limit, staleSeconds],
      );
      if (rows.length === 0) return 0;
      const dispatches = rows.map((row) => ({
        isFresh: row.is_fresh,
        task: { searchId: row.search_id, kind: row.kind, number: row.number },
        occasion: row.dispatches + (row.is_fresh ? 1 : 0),
      }));
      await deliver(
        dispatches.filter(({ isFresh }) => isFresh),
        dispatches.filter(({ isFresh }) => !isFresh),
      );
      await manager.query(
        `update task set dispatched_at = now(), dispatches = it.occasion
         from unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[]) as it (search_id, kind, number, occasion)
         where task.search_id = it.search_id and task.kind = it.kind and task.number = it.number`,
        [
          dispatches.map(({ task }) => task.searchId),
          dispatches.map(({ task }) => task.kind),
          dispatches.map(({ task }) => task.number),
          dispatches.map(({ occasion }) => occasion),
        ],
      );
      return rows.length;
    });
  }

  /** Shards that had their turn in the queue and still wait, as after a pause, are queued again. */
  async requeueShards(searchId: string): Promise<number> {
    const rows = await this.updated(
      `update task set dispatched_at = null
       where search_id = $1 and kind = 'score' and state = 'queued' and dispatched_at is not null returning number`,
      [searchId],
    );
    return rows.length;
  }

  /** Ends the shards nobody has begun; those that run are ended by their workers. */
  async cancelShards(searchId: string): Promise<void> {
    await this.dataSource.query(
      `update task set state = 'cancelled', finished_at = now()
       where search_id = $1 and kind = 'score' and state = 'queued'`,
      [searchId],
    );
  }

  /** Why a shard failed for good; null where none has. */
  async shardFailure(searchId: string): Promise<SearchError | null> {
    const [row] = await this.dataSource.query<{ error: SearchError }[]>(
      `select error from task where search_id = $1 and kind = 'score' and state = 'failed' order by number limit 1`,
      [searchId],
    );
    return row?.error ?? null;
  }

  /** How many shards of a search are in each state. */
  async shardCounts(searchId: string): Promise<Readonly<Record<TaskState, number>>> {
    const rows = await this.dataSource.query<{ state: TaskState; count: number }[]>(
      `select state, count(*)::integer as count from task where search_id = $1 and kind = 'score' group by state`,
      [searchId],
    );
    const counts = Object.fromEntries(TaskState.options.map((state) => [state, 0]));
    for (const { state, count } of rows) counts[state] = count;
    return counts as Record<TaskState, number>;
  }

  private async settleCrashes(
    where: string,
    parameters: readonly unknown[],
    error: SearchError,
  ): Promise<number> {
    const crashes = `case when has_progressed then 1 else crashes_without_progress + 1 end`;
    const isPoison = `${crashes} >= ${crashesBeforeQuarantine}`;
    const rows = await this.updated(
      `update task set state = case when ${isPoison} then 'quarantined' else 'queued' end,
         finished_at = case when ${isPoison} then now() end, dispatched_at = null,
         crashes_without_progress = ${crashes}, error = $${parameters.length + 1}::jsonb, ${unleased}
       where ${where} returning number`,
      [...parameters, JSON.stringify(error)],
    );
    return rows.length;
  }

  /** Rows of an `update … returning`; TypeORM answers those as [rows, count]. */
  private async updated<R>(sql: string, parameters: readonly unknown[]): Promise<R[]> {
    const [rows] = await this.dataSource.query<[R[], number]>(sql, [...parameters]);
    return rows;
  }
}

interface TaskRowKey {
  readonly search_id: string;
  readonly kind: TaskKind;
  readonly number: number;
}

async function addTask(
  manager: EntityManager,
  searchId: string,
  kind: TaskKind,
  payload: unknown,
): Promise<StoredTask> {
  const [search] = await manager.query<unknown[]>(`select from search where id = $1 for update`, [
    searchId,
  ]);
  if (!search) throw new NotFoundError(`there is no search ${searchId}`);
  const [row] = await manager.query<unknown[]>(
    `insert into task (search_id, kind, number, payload)
     select $1, $2, coalesce(max(number), 0) + 1, $3::jsonb from task where search_id = $1 and kind = $2
     returning *`,
    [searchId, kind, JSON.stringify(payload)],
  );
  return TaskRow.parse(row);
}

const unleased = `lease_owner = null, lease_expires_at = null`;

/**
 * Locks the task's row for this transaction and notes that it has moved on.
 * @throws {LeaseLostError} the lease is another's
 */
export async function holdTaskFence(
  manager: EntityManager,
  id: TaskId,
  epoch: number,
): Promise<void> {
  const [rows] = await manager.query<[unknown[], number]>(
    `update task set has_progressed = true, crashes_without_progress = 0
     where ${key} and lease_epoch = $4 and state = 'leased' returning number`,
    [...keyOf(id), epoch],
  );
  if (rows.length === 0) throw lost(id, epoch);
}
