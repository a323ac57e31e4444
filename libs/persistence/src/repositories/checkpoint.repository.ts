/** @file Which checkpoint files a search has; the newest two are kept. */
import type { DataSource } from 'typeorm';
import { holdFence } from '../results/hold-results';

export interface CheckpointRow {
  readonly step: number;
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

const kept = 2;

export class CheckpointRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Notes a checkpoint and forgets all but the newest two.
   * @returns files that nothing refers to any more
   * @throws {LeaseLostError} the epoch is not the search's: nothing is written
   */
  add(searchId: string, epoch: number, checkpoint: CheckpointRow): Promise<string[]> {
    return this.dataSource.transaction(async (manager) => {
      await holdFence(manager, searchId, epoch);
      const { step, file, sha256, bytes } = checkpoint;
      await manager.query(
        `insert into checkpoint (search_id, step, file, sha256, bytes, lease_epoch) values ($1, $2, $3, $4, $5, $6)
         on conflict (search_id, step) do update
           set file = excluded.file, sha256 = excluded.sha256, bytes = excluded.bytes, lease_epoch = excluded.lease_epoch`,
        [searchId, step, file, sha256, bytes, epoch],
      );
      const [dropped] = await manager.query<[{ file: string }[], number]>(
        `delete from checkpoint where search_id = $1 and step not in
           (select step from checkpoint where search_id = $1 order by step desc limit ${kept}) returning file`,
        [searchId],
      );
      return dropped.map((row) => row.file);
    });
  }

  /** Newest first. */
  async list(searchId: string): Promise<CheckpointRow[]> {
    const rows = await this.dataSource.query<(Omit<CheckpointRow, 'bytes'> & { bytes: string })[]>(
      `select step, file, sha256, bytes from checkpoint where search_id = $1 order by step desc`,
      [searchId],
    );
    return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
  }
}
