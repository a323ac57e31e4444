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
    // a double, as every key of an ordering: one index then answers comparisons with any of them
    await runner.query(`alter table candidate alter column param_count type double precision`);
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
      create index candidate_macs on candidate (search_id, macs, id) include (loss, predicted_loss)`);
    await runner.query(`
      create index candidate_param_count on candidate (search_id, param_count, id)
        include (loss, predicted_loss)`);
    await runner.query(`
      create index candidate_latency on candidate (search_id, latency_ms, id)
        include (loss, predicted_loss) where latency_ms is not null`);
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
        loss double precision,
        predicted_loss double precision,
        created_at timestamptz not null default now(),
        primary key (search_id, cost, candidate_id) include (value, evidence),
        foreign key (search_id, candidate_id) references candidate (search_id, id) on delete cascade
      )`);
    await runner.query(`
      create index candidate_cost_value on candidate_cost (search_id, cost, value, candidate_id)
        include (evidence, loss, predicted_loss)`);
    // all costs of one candidate
    await runner.query(
      `create index candidate_cost_candidate on candidate_cost (search_id, candidate_id)`,
    );
    // runs of a few hundred rows of each index above, counted; (k1, k2, id) is where a run starts
    await runner.query(`
      create table ordering_block (
        search_id uuid not null references search (id) on delete cascade,
        ordering text collate "C" not null,
        k1 double precision not null,
        k2 double precision not null,
        id char(32) collate "C" not null,
        n integer not null,
        evaluated integer not null,
        evaluated_measured integer not null,
        predicted integer not null,
        predicted_measured integer not null,
        primary key (search_id, ordering, k1, k2, id)
      ) with (fillfactor = 70)`);
    // a lower bound of each cost within a run, by which a walk leaves it out
    await runner.query(`
      create table ordering_floor (
        search_id uuid not null references search (id) on delete cascade,
        ordering text collate "C" not null,
        cost text collate "C" not null,
        k1 double precision not null,
        k2 double precision not null,
        id char(32) collate "C" not null,
        lowest double precision not null,
        lowest_measured double precision,
        primary key (search_id, ordering, cost, k1, k2, id)
      ) with (fillfactor = 70)`);
    // fronts that are kept up to date as results are stored; a point is minimised in every objective
    await runner.query(`
      create table pareto_front (
        search_id uuid not null references search (id) on delete cascade,
        objectives text collate "C" not null,
        evidence text not null check (evidence in ('measured','any')),
        is_current boolean not null,
        is_first boolean not null,
        generation integer not null default 0,
        version integer not null default 0,
        reference double precision[],
        created_at timestamptz not null default now(),
        primary key (search_id, objectives, evidence)
      )`);
    await runner.query(`
      create table pareto_member (
        search_id uuid not null,
        objectives text collate "C" not null,
        evidence text not null,
        candidate_id char(32) collate "C" not null,
        point double precision[] not null,
        primary key (search_id, objectives, evidence, candidate_id),
        foreign key (search_id, objectives, evidence) references pareto_front on delete cascade
      )`);
    await runner.query(`
      create table pareto_history (
        search_id uuid not null,
        objectives text collate "C" not null,
        evidence text not null,
        version integer not null,
        at timestamptz not null default now(),
        size integer not null,
        hypervolume double precision not null,
        primary key (search_id, objectives, evidence, version),
        foreign key (search_id, objectives, evidence) references pareto_front on delete cascade
      )`);
    await this.countStored(runner);
  }

  /** One block for each ordering of the searches there are: exact, and cut when something is added. */
  private async countStored(runner: QueryRunner): Promise<void> {
    const orderings = `(values ('accuracy', c.loss), ('macs', c.macs), ('paramCount', c.param_count),
      ('latencyMs', c.latency_ms)) as it (key, value)`;
    await runner.query(`
      insert into ordering_block
      select search_id, key, '-Infinity'::float8, 0, '', count(*), count(loss), count(loss), 0, 0
      from candidate c cross join lateral ${orderings} where value is not null group by search_id, key`);
    await runner.query(`
      insert into ordering_floor
      select search_id, 'accuracy', key, '-Infinity'::float8, 0, '', min(value), min(value)
      from candidate c cross join lateral ${orderings}
      where loss is not null and key <> 'accuracy' and value is not null group by search_id, key
      union all
      select search_id, 'latencyMs', 'accuracy', '-Infinity'::float8, 0, '', min(loss), min(loss)
      from candidate c where loss is not null and latency_ms is not null group by search_id`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
