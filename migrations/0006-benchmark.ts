/** @file Imported benchmark tables, one row per column, and the stored queries to hardware profiles. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Benchmark1764000000006 implements MigrationInterface {
  readonly name = 'Benchmark1764000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table benchmark (
        id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
        space text not null check (space = 'nas-bench-201'),
        created_at timestamptz not null default now()
      )`);
    // A column is written once and never changed: a search by it can be repeated. Values are in the space's own order.
    await runner.query(`
      create table benchmark_column (
        benchmark_id text not null references benchmark (id) on delete cascade,
        name text not null,
        kind text not null check (kind in ('accuracy','seconds','proxy')),
        dataset text,
        split text check (split in ('validation','test')),
        epochs integer,
        images integer,
        "values" double precision[] not null,
        known integer not null,
        created_at timestamptz not null default now(),
        primary key (benchmark_id, name)
      )`);
    await runner.query(`
      create table hardware_query (
        id uuid primary key,
        profile_id text not null references hardware_profile (id) on delete cascade,
        version integer not null,
        query jsonb not null,
        body_sha256 text not null,
        idempotency_key text unique,
        measurement_request_id uuid,
        answer jsonb,
        created_at timestamptz not null default now(),
        answered_at timestamptz
      )`);
    await runner.query(`create index hardware_query_profile on hardware_query (profile_id, id)`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
