/** @file What the mission query, Pareto fronts and ranked pages of a million candidates read. docs/adr/0005 says why. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Query1764000000004 implements MigrationInterface {
  readonly name = 'Query1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    // moves with every candidate or cost that is stored, and with nothing else
    await runner.query(`alter table search add column results_version integer not null default 0`);
    // bytes compare faster than letters of a language, and ids are hexadecimal digits
    await runner.query(
      `alter table measurement alter column candidate_id type char(32) collate "C"`,
    );
    // negated scores: the order of a ranking is then one row comparison, which one index answers
    await runner.query(`
      alter table candidate
        alter column id type char(32) collate "C",
        add column predicted_accuracy double precision,
        add column loss double precision generated always as (-accuracy) stored,
        add column predicted_loss double precision generated always as (-predicted_accuracy) stored`);
    await runner.query(`drop index candidate_rank`);
    // ranked list, mission query
    await runner.query(`
      create index candidate_rank on candidate (search_id, loss, macs, id)
        include (param_count, latency_ms) where loss is not null`);
    await runner.query(`
      create index candidate_predicted_rank on candidate (search_id, predicted_loss, macs, id)
        include (param_count, latency_ms) where predicted_loss is not null`);
    // lists by a cost, counts of what fits, the nearest slower
    await runner.query(`
      create index candidate_macs on candidate (search_id, macs, id) where loss is not null`);
    await runner.query(`
      create index candidate_param_count on candidate (search_id, param_count, id)
        where loss is not null`);
    await runner.query(`
      create index candidate_latency on candidate (search_id, latency_ms, id) include (loss)
        where loss is not null and latency_ms is not null`);
    await runner.query(`
      create table candidate_cost (
        search_id uuid not null,
        cost text collate "C" not null,
        candidate_id char(32) collate "C" not null,
        value double precision not null,
        lower double precision not null,
        upper double precision not null,
        evidence text not null check (evidence in ('measured','predicted','counted')),
        n integer not null,
        conditions jsonb not null,
        evaluated boolean not null,
        created_at timestamptz not null default now(),
        primary key (search_id, cost, candidate_id) include (value, evidence),
        foreign key (search_id, candidate_id) references candidate (search_id, id) on delete cascade
      )`);
    await runner.query(`
      create index candidate_cost_value on candidate_cost (search_id, cost, value, candidate_id)
        include (evidence) where evaluated`);
    // all costs of one candidate
    await runner.query(
      `create index candidate_cost_candidate on candidate_cost (search_id, candidate_id)`,
    );
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
