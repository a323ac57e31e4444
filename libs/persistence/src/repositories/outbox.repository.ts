/** @file Searches that the queue must hear of. */
import type { DataSource } from 'typeorm';

/** One thing to say; `id` makes every saying of the same search distinct. */
export interface OutboxRow {
  readonly id: number;
  readonly searchId: string;
}

export class OutboxRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Hands up to `limit` rows that are not dispatched yet to `deliver`, oldest first, and marks them when it returns.
   * Several relays may run: a row is locked while one has it. Nothing is marked when `deliver` throws.
   * @returns how many were delivered
   */
  dispatch(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<void>): Promise<number> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<{ id: string; search_id: string }[]>(
        `select id, search_id from search_outbox where dispatched_at is null order by id limit $1
         for update skip locked`,
        [limit],
      );
      if (rows.length === 0) return 0;
      await deliver(rows.map((row) => ({ id: Number(row.id), searchId: row.search_id })));
      await manager.query(
        `update search_outbox set dispatched_at = now() where id = any($1::bigint[])`,
        [rows.map(({ id }) => id)],
      );
      return rows.length;
    });
  }

  /** The newest dispatched row of every search that has waited in the queue for longer than `seconds`. */
  async waitingLonger(seconds: number): Promise<OutboxRow[]> {
    const rows = await this.dataSource.query<{ id: string; search_id: string }[]>(
      `select newest.id, search.id as search_id from search
       join lateral (select id, dispatched_at from search_outbox o where o.search_id = search.id
                     order by id desc limit 1) newest on true
       where search.state = 'queued' and newest.dispatched_at < now() - $1 * interval '1 second'`,
      [seconds],
    );
    return rows.map((row) => ({ id: Number(row.id), searchId: row.search_id }));
  }
}
