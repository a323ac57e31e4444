/** @file Candidates, what was measured on them, and checkpoints. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Candidate1764000000002 implements MigrationInterface {
  readonly name = 'Candidate1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table candidate (
        search_id uuid not null references search (id) on delete cascade,
        id char(32) not null,
        encoding integer[] not null,
        architecture jsonb not null,
        macs double precision not null,
        param_count integer not null,
        accuracy double precision,
        latency_ms double precision,
        model_sha256 text,
        model_bytes integer,
        created_at timestamptz not null default now(),
        primary key (search_id, id)
      )`);
    // ranked list and best query: best first, ties by cost, then id
    await runner.query(`
      create index candidate_rank on candidate (search_id, accuracy desc, macs, id) where accuracy is not null`);
    await runner.query(`
      create table measurement (
        search_id uuid not null,
        candidate_id char(32) not null,
        metric text not null,
        split text not null,
        fidelity text not null,
        seed bigint not null,
        value double precision not null,
        lower double precision not null,
        upper double precision not null,
        n integer not null,
        unit text not null,
        details jsonb not null,
        lease_epoch integer not null,
        created_at timestamptz not null default now(),
        primary key (search_id, candidate_id, metric, split, fidelity, seed),
        foreign key (search_id, candidate_id) references candidate (search_id, id) on delete cascade
      )`);
    await runner.query(`
      create table checkpoint (
        search_id uuid not null references search (id) on delete cascade,
        step integer not null,
        file text not null,
        sha256 text not null,
        bytes bigint not null,
        lease_epoch integer not null,
        created_at timestamptz not null default now(),
        primary key (search_id, step)
      )`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
