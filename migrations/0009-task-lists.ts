/** @file A search for several tasks has a ranked list for each: a row of its own, which follows the search. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class TaskLists1764000000009 implements MigrationInterface {
  readonly name = 'TaskLists1764000000009';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table search add column parent_id uuid references search (id) on delete cascade,
        add column task text,
        add constraint search_task_check check ((parent_id is null) = (task is null))`);
    await runner.query(
      `create index search_parent on search (parent_id) where parent_id is not null`,
    );
    await runner.query(`
      create function search_lists_follow() returns trigger language plpgsql as $$
      begin
        update search set state = new.state, lease_epoch = new.lease_epoch, progress = new.progress,
          summary = new.summary, error = new.error, started_at = new.started_at,
          finished_at = new.finished_at, version = version + 1,
          has_progressed = has_progressed and old.lease_epoch = new.lease_epoch
        where parent_id = new.id;
        return null;
      end $$`);
    await runner.query(`
      create trigger search_lists_follow after update on search for each row
      when (new.parent_id is null and new.spec #>> '{method,name}' = 'fbnet-v5'
        and (old.state, old.lease_epoch, old.progress, old.summary, old.error, old.started_at, old.finished_at)
          is distinct from
          (new.state, new.lease_epoch, new.progress, new.summary, new.error, new.started_at, new.finished_at))
      execute function search_lists_follow()`);
  }

  /** Forward only. */
  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only'));
  }
}
