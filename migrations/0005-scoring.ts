/** @file Scores before training: shards and other tasks with leases of their own, labels, predictions. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Scoring1764000000005 implements MigrationInterface {
  readonly name = 'Scoring1764000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table task (
        search_id uuid not null references search (id) on delete cascade,
        kind text not null check (kind in ('score','predict','report')),
        number integer not null,
        payload jsonb not null,
        state text not null default 'queued'
          check (state in ('queued','leased','succeeded','failed','cancelled','quarantined')),
        lease_epoch integer not null default 0,
        lease_owner text,
        lease_expires_at timestamptz,
        has_progressed boolean not null default false,
        crashes_without_progress integer not null default 0,
        dispatches integer not null default 0,
        dispatched_at timestamptz,
        result jsonb,
        error jsonb,
        created_at timestamptz not null default now(),
        started_at timestamptz,
        finished_at timestamptz,
        primary key (search_id, kind, number)
      )`);
    // reap: leases that ran out
    await runner.query(`create index task_lease on task (lease_expires_at) where state = 'leased'`);
    // relay: what is not in the queue yet comes first, then what has been there longest
    await runner.query(
      `create index task_waiting on task (dispatched_at nulls first) where state = 'queued'`,
    );
    await runner.query(`
      create table scoring_plan (
        search_id uuid primary key references search (id) on delete cascade,
        requested integer not null,
        distinct_count integer not null,
        shards integer not null
      )`);
    // negated as the other rankings are: the order is one row comparison
    await runner.query(`
      alter table candidate
        add column score double precision,
        add column score_loss double precision generated always as (-score) stored`);
    await runner.query(`
      create index candidate_score_rank on candidate (search_id, score_loss, macs, id)
        where score_loss is not null`);
    // arrays are in the order of the search's proxies; nodes: float64, little-endian, one proxy after the other
    await runner.query(`
      create table candidate_scores (
        search_id uuid not null,
        candidate_id char(32) collate "C" not null,
        scores double precision[] not null,
        failures text[] not null,
        node_counts integer[] not null,
        nodes bytea not null,
        shard integer not null,
        lease_epoch integer not null,
        primary key (search_id, candidate_id),
        foreign key (search_id, candidate_id) references candidate (search_id, id) on delete cascade
      )`);
    await runner.query(`
      create table label (
        search_id uuid not null references search (id) on delete cascade,
        split text not null check (split in ('train','test')),
        key char(32) collate "C" not null,
        candidate_id char(32) collate "C" not null,
        architecture text not null,
        accuracy double precision not null,
        primary key (search_id, split, key)
      )`);
    await runner.query(`
      create table prediction (
        search_id uuid not null,
        predictor integer not null,
        candidate_id char(32) collate "C" not null,
        value double precision not null,
        lower double precision,
        upper double precision,
        held_out double precision,
        primary key (search_id, predictor, candidate_id),
        foreign key (search_id, candidate_id) references candidate (search_id, id) on delete cascade
      )`);
    // ranked list of one predictor
    await runner.query(
      `create index prediction_rank on prediction (search_id, predictor, value desc, candidate_id)`,
    );
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
