/** @file Searches: submitted with their outbox row, leased by epoch, settled once. Time is the database's. */
import { IdempotencyMismatchError, LeaseLostError, NotFoundError } from '@sextant/common';
import {
  requireTransition,
  type CreateSearch,
  type MethodName,
  type Progress,
  type SearchError,
  type SearchState,
  type Summary,
} from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { SearchEntity, type StoredSearch } from '../entities/search.entity';
import { taskListsOf } from '../task-list';
import { uuidV7 } from '../uuid';
import type { ProfileVersions } from './hardware-profile.repository';

export interface Idempotency {
  readonly key: string;
  /** Of the request body; the same key with another body is refused. */
  readonly bodySha256: string;
}

export interface Created {
  readonly search: StoredSearch;
  /** The key was used before with the same body: this is the first answer again. */
  readonly replayed: boolean;
}

/** A search that belongs to one worker while its epoch is the row's. */
export interface SearchLease {
  readonly search: StoredSearch;
  readonly epoch: number;
}

export type Outcome =
  | { readonly state: 'succeeded'; readonly summary: Summary }
  | { readonly state: 'failed'; readonly error: SearchError }
  | { readonly state: 'cancelled' | 'paused' };

/** A search gives up after this many crashes in a row without a new checkpoint or candidate. */
const crashesBeforeQuarantine = 3;

const heldStates = `('leased','running','pausing','cancelling')`;

export class SearchRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Stores the search and its outbox row in one transaction: once this returns, it will run.
   * @throws {IdempotencyMismatchError} the key was used with another body
   */
  create(spec: CreateSearch, idempotency: Idempotency | null = null): Promise<Created> {
    return this.dataSource.transaction(async (manager) => {
      const earlier = idempotency && (await this.earlierAnswer(manager, idempotency));
      if (earlier) return { search: earlier, replayed: true };
      const [clock] = await manager.query<{ ms: number }[]>(
        `select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
      );
      const id = uuidV7(clock?.ms ?? 0);
      await manager.query(
        `insert into search (id, name, spec, state) values ($1, $2, $3, 'queued')`,
        [id, spec.name ?? null, spec],
      );
      for (const list of taskListsOf(id, spec)) {
        await manager.query(
          `insert into search (id, name, spec, state, parent_id, task) values ($1, $2, $3, 'queued', $4, $5)`,
          [list.id, spec.name ?? null, spec, id, list.task],
        );
      }
      await enqueue(manager, id);
      if (idempotency) {
        await manager.query(
          `insert into idempotency_key (key, body_sha256, search_id) values ($1, $2, $3)`,
          [idempotency.key, idempotency.bodySha256, id],
        );
      }
      return { search: await found(manager, id), replayed: false };
    });
  }

  /** @throws {NotFoundError} there is no such search */
  get(id: string): Promise<StoredSearch> {
    return found(this.dataSource.manager, id);
  }

  /** Newest first, lists of single tasks left out; `before` is the id of the last search of the page before. */
  list(limit: number, before: string | null = null): Promise<StoredSearch[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(SearchEntity, 'search')
      .where('search.parent_id is null')
      .orderBy('search.id', 'DESC')
      .limit(limit);
    return (before === null ? query : query.andWhere('search.id < :before', { before })).getMany();
  }

  /** The newest searches by a method that ended well, with what they came to. */
  succeeded(method: MethodName, limit: number): Promise<Pick<StoredSearch, 'spec' | 'summary'>[]> {
    return this.dataSource.query(
      `select spec, summary from search
       where state = 'succeeded' and parent_id is null and spec->'method'->>'name' = $1 order by id desc limit $2`,
      [method, limit],
    );
  }

  /** Takes a queued search for `ttlSeconds`; null where another has it or it has ended. */
  async lease(id: string, owner: string, ttlSeconds: number): Promise<SearchLease | null> {
    const rows = await updated<{ lease_epoch: number }>(
      this.dataSource.manager,
      `update search set state = 'leased', lease_epoch = lease_epoch + 1, lease_owner = $2,
         lease_expires_at = now() + $3 * interval '1 second', has_progressed = false,
         started_at = coalesce(started_at, now()), version = version + 1
       where id = $1 and state = 'queued' returning lease_epoch`,
      [id, owner, ttlSeconds],
    );
    const [row] = rows;
    return row ? { search: await this.get(id), epoch: row.lease_epoch } : null;
  }

  /** @throws {LeaseLostError} the lease is another's */
  async start(id: string, epoch: number): Promise<void> {
    await this.fenced(id, epoch, `state = 'running', version = version + 1`, `('leased')`);
  }

  /**
   * Keeps the lease and says what the user wants of the search meanwhile.
   * @throws {LeaseLostError} the lease is another's
   */
  async renew(id: string, epoch: number, ttlSeconds: number): Promise<SearchState> {
    const set = `lease_expires_at = now() + $3 * interval '1 second'`;
    return this.fenced(id, epoch, set, heldStates, [ttlSeconds]);
  }

  /**
   * Keeps the versions of hardware profiles that the search began with; later ones change nothing.
   * @returns those it began with
   * @throws {LeaseLostError} the lease is another's
   */
  async pinProfiles(id: string, epoch: number, now: ProfileVersions): Promise<ProfileVersions> {
    const set = `profile_versions = coalesce(profile_versions, $3::jsonb)`;
    await this.fenced(id, epoch, set, heldStates, [now]);
    return (await this.get(id)).profileVersions ?? now;
  }

  /** @throws {LeaseLostError} the lease is another's */
  async saveProgress(id: string, epoch: number, progress: Progress): Promise<void> {
    await this.fenced(id, epoch, `progress = $3, version = version + 1`, heldStates, [progress]);
  }

  /** @throws {LeaseLostError} the lease is another's, or the state does not allow it */
  async finish(id: string, epoch: number, outcome: Outcome): Promise<void> {
    const from = {
      succeeded: `('running','pausing')`,
      failed: `('leased','running','pausing')`,
      cancelled: `('cancelling')`,
      paused: `('pausing')`,
    }[outcome.state];
    const ended = outcome.state === 'paused' ? 'finished_at' : 'now()';
    await this.fenced(
      id,
      epoch,
      `state = $3, summary = $4, error = $5, lease_owner = null, lease_expires_at = null,
       finished_at = ${ended}, version = version + 1`,
      from,
      [
        outcome.state,
        'summary' in outcome ? outcome.summary : null,
        'error' in outcome ? outcome.error : null,
      ],
    );
  }

  /**
   * Gives the lease back so that another worker goes on: no crash is counted.
   * @throws {LeaseLostError} the lease is another's
   */
  release(id: string, epoch: number): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await this.fenced(id, epoch, toQueue, `('leased','running','pausing')`, [], manager);
      await enqueue(manager, id);
    });
  }

  /**
   * The process of this lease died: back to the queue, or out of it after three crashes without progress.
   * @returns the state the search is in now
   * @throws {LeaseLostError} the lease is another's
   */
  crash(id: string, epoch: number, error: SearchError): Promise<SearchState> {
    return this.dataSource.transaction(async (manager) => {
      const where = `id = $1 and lease_epoch = $2 and state in ${heldStates}`;
      const [state] = await this.settleCrashes(manager, where, [id, epoch], error);
      if (!state)
        throw new LeaseLostError(`search ${id}: epoch ${epoch} no longer holds the lease`);
      return state;
    });
  }

  /** Leases that ran out: their workers are gone. Returns how many searches moved. */
  reapExpired(): Promise<number> {
    const error = {
      code: 'worker-lost',
      message: 'the worker stopped renewing its lease',
      permanent: false,
    };
    return this.dataSource.transaction(async (manager) => {
      const where = `state in ${heldStates} and lease_expires_at < now()`;
      return (await this.settleCrashes(manager, where, [], error)).length;
    });
  }

  /**
   * Asks for the search to end: at once while it waits, else through its worker. Asking twice is no error. The list of
   * one task ends with its search, which is what this asks for then.
   * @throws {NotFoundError} there is no such search
   * @throws {IllegalTransitionError} it has ended otherwise
   */
  cancel(id: string): Promise<StoredSearch> {
    return this.dataSource.transaction(async (manager) => {
      const { parentId } = await found(manager, id);
      const search = await found(manager, parentId ?? id, true);
      if (search.state === 'cancelled' || search.state === 'cancelling') return search;
      const waits = search.state === 'queued' || search.state === 'paused';
      const next = waits ? 'cancelled' : 'cancelling';
      requireTransition(search.state, next);
      await manager.query(
        `update search set state = $2, version = version + 1,
           finished_at = case when $2 = 'cancelled' then now() else finished_at end where id = $1`,
        [search.id, next],
      );
      return found(manager, search.id);
    });
  }

  private async earlierAnswer(
    manager: EntityManager,
    { key, bodySha256 }: Idempotency,
  ): Promise<StoredSearch | null> {
    await manager.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [key]);
    const [row] = await manager.query<{ body_sha256: string; search_id: string }[]>(
      `select body_sha256, search_id from idempotency_key where key = $1`,
      [key],
    );
    if (!row) return null;
    if (row.body_sha256 !== bodySha256) {
      throw new IdempotencyMismatchError(
        'this Idempotency-Key was used with another body; use a new key',
      );
    }
    return found(manager, row.search_id);
  }

  /** One write by the holder of `epoch`; nothing happens, and it throws, when the lease is another's. */
  private async fenced(
    id: string,
    epoch: number,
    set: string,
    states: string,
    parameters: readonly unknown[] = [],
    manager: EntityManager = this.dataSource.manager,
  ): Promise<SearchState> {
    const [row] = await updated<{ state: SearchState }>(
      manager,
      `update search set ${set} where id = $1 and lease_epoch = $2 and state in ${states} returning state`,
      [id, epoch, ...parameters],
    );
    if (!row) throw new LeaseLostError(`search ${id}: epoch ${epoch} no longer holds the lease`);
    return row.state;
  }

  private async settleCrashes(
    manager: EntityManager,
    where: string,
    parameters: readonly unknown[],
    error: SearchError,
  ): Promise<SearchState[]> {
    const at = parameters.length + 1;
    // candidates of a search for several tasks are noted on the lists of the tasks
    const progressed = `(has_progressed or exists
      (select from search list where list.parent_id = search.id and list.has_progressed))`;
    const crashes = `case when ${progressed} then 1 else crashes_without_progress + 1 end`;
    const next = `case when state = 'cancelling' then 'cancelled' when state = 'pausing' then 'paused'
      when ${crashes} >= ${crashesBeforeQuarantine} then 'quarantined' else 'queued' end`;
    const rows = await updated<{ id: string; state: SearchState }>(
      manager,
      `update search set state = ${next}, crashes_without_progress = ${crashes}, error = $${at},
         finished_at = case when (${next}) in ('queued', 'paused') then null else now() end,
         lease_owner = null, lease_expires_at = null, version = version + 1
       where ${where} returning id, state`,
      [...parameters, error],
    );
    for (const { id, state } of rows) if (state === 'queued') await enqueue(manager, id);
    return rows.map(({ state }) => state);
  }
}

const toQueue = `state = 'queued', lease_owner = null, lease_expires_at = null, version = version + 1`;

/** Rows of an `update … returning`; TypeORM answers those as [rows, count]. */
async function updated<R>(
  manager: EntityManager,
  sql: string,
  parameters: readonly unknown[],
): Promise<R[]> {
  const [rows] = await manager.query<[R[], number]>(sql, [...parameters]);
  return rows;
}

const enqueue = (manager: EntityManager, id: string): Promise<unknown> =>
  manager.query(`insert into search_outbox (search_id) values ($1)`, [id]);

async function found(manager: EntityManager, id: string, forUpdate = false): Promise<StoredSearch> {
  const search = await manager.findOne(SearchEntity, {
    where: { id },
    ...(forUpdate ? { lock: { mode: 'pessimistic_write' as const } } : {}),
  });
  if (!search) throw new NotFoundError(`there is no search ${id}`);
  return search;
}
