/** @file Hardware profiles: versions, the rows of each, models fitted to them, and work for measuring agents. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Hardware1764000000003 implements MigrationInterface {
  readonly name = 'Hardware1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table hardware_profile (
        id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
        name text,
        created_at timestamptz not null default now()
      )`);
    await runner.query(`
      create table hardware_version (
        profile_id text not null references hardware_profile (id) on delete cascade,
        version integer not null check (version > 0),
        source text not null check (source in ('measured','agent','imported')),
        space text,
        keys text not null check (keys in ('architecture','block')),
        conditions jsonb not null,
        origin jsonb,
        row_counts jsonb not null default '{}',
        sealed_at timestamptz,
        created_at timestamptz not null default now(),
        primary key (profile_id, version)
      )`);
    // Rows are inserted once and never updated. One page: a metric of a version in key order.
    await runner.query(`
      create table hardware_row (
        profile_id text not null,
        version integer not null,
        metric text not null check (metric in ('latencyMs','energyMj','memoryBytes')),
        key text not null,
        value double precision not null check (value > 0 and value < 'infinity'),
        p10 double precision not null check (p10 > 0),
        p90 double precision not null check (p90 >= p10),
        n integer check (n > 0),
        measured_at timestamptz,
        details jsonb,
        primary key (profile_id, version, metric, key),
        foreign key (profile_id, version) references hardware_version (profile_id, version) on delete cascade
      )`);
    await runner.query(`
      create table hardware_model (
        profile_id text not null,
        version integer not null,
        metric text not null,
        kind text not null,
        model jsonb not null,
        summary jsonb not null,
        created_at timestamptz not null default now(),
        primary key (profile_id, version, metric),
        foreign key (profile_id, version) references hardware_version (profile_id, version) on delete cascade
      )`);
    await runner.query(`
      create table agent_key (
        id uuid primary key,
        profile_id text not null references hardware_profile (id) on delete cascade,
        name text not null,
        source text not null check (source in ('measured','agent')),
        signing_key bytea not null,
        created_at timestamptz not null default now(),
        last_used_at timestamptz,
        revoked_at timestamptz
      )`);
    await runner.query(`create index agent_key_profile on agent_key (profile_id, created_at)`);
    // Signatures seen within the window in which their timestamps are accepted.
    await runner.query(`
      create table agent_signature (
        signature bytea primary key,
        seen_at timestamptz not null default now()
      )`);
    await runner.query(`create index agent_signature_age on agent_signature (seen_at)`);
    await runner.query(`
      create table measurement_task (
        id uuid primary key,
        request_id uuid not null,
        profile_id text not null references hardware_profile (id) on delete cascade,
        search_id uuid not null,
        candidate_id char(32) not null,
        state text not null default 'waiting' check (state in ('waiting','leased','done','given-up')),
        attempts integer not null default 0,
        lease_epoch integer not null default 0,
        leased_by uuid references agent_key (id) on delete set null,
        lease_expires_at timestamptz,
        version integer,
        last_error jsonb,
        created_at timestamptz not null default now(),
        finished_at timestamptz,
        foreign key (search_id, candidate_id) references candidate (search_id, id) on delete cascade
      )`);
    // a candidate waits once per profile
    await runner.query(`
      create unique index measurement_task_open on measurement_task (profile_id, search_id, candidate_id)
        where state in ('waiting','leased')`);
    // lease: the oldest that waits, and leases that ran out
    await runner.query(`
      create index measurement_task_next on measurement_task (profile_id, id) where state in ('waiting','leased')`);
    await runner.query(`create index measurement_task_request on measurement_task (request_id)`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
