/** @file Searches, their outbox, and the keys that make submitting idempotent. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Search1764000000001 implements MigrationInterface {
  readonly name = 'Search1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table search (
        id uuid primary key,
        name text,
        spec jsonb not null,
        state text not null check (state in ('queued','leased','running','pausing','paused','cancelling',
                                             'succeeded','failed','cancelled','quarantined')),
        version integer not null default 1,
        lease_epoch integer not null default 0,
        lease_owner text,
        lease_expires_at timestamptz,
        has_progressed boolean not null default false,
        crashes_without_progress integer not null default 0,
        progress jsonb,
        summary jsonb,
        error jsonb,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz
      )`);
    // reap: leases that ran out
    await runner.query(`
      create index search_lease on search (lease_expires_at)
        where state in ('leased','running','pausing','cancelling')`);
    await runner.query(`
      create table search_outbox (
        id bigint generated always as identity primary key,
        search_id uuid not null references search (id) on delete cascade,
        created_at timestamptz not null default now(),
        dispatched_at timestamptz
      )`);
    // relay: what is not in the queue yet; reconciler: the newest row of a search
    await runner.query(
      `create index search_outbox_pending on search_outbox (id) where dispatched_at is null`,
    );
    await runner.query(`create index search_outbox_search on search_outbox (search_id, id desc)`);
    await runner.query(`
      create table idempotency_key (
        key text primary key,
        body_sha256 text not null,
        search_id uuid not null references search (id) on delete cascade,
        created_at timestamptz not null default now()
      )`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
