/** @file Who may add results to a search, one at a time: everything kept beside them relies on that. */
import { LeaseLostError, NotFoundError } from '@sextant/common';
import type { EntityManager } from 'typeorm';

/** Locks the search's row for this transaction and notes that it has moved on. */
export async function holdFence(
  manager: EntityManager,
  searchId: string,
  epoch: number,
  resultsChange = 0,
): Promise<void> {
  const [rows] = await manager.query<[unknown[], number]>(
    `update search set has_progressed = true, crashes_without_progress = 0, version = version + 1,
       results_version = results_version + $3
     where id = $1 and lease_epoch = $2 and state in ('leased','running','pausing','cancelling') returning id`,
    [searchId, epoch, resultsChange],
  );
  if (rows.length === 0) {
    throw new LeaseLostError(`search ${searchId}: epoch ${epoch} no longer holds the lease`);
  }
}

/**
 * Locks the search's results for this transaction: under its lease, or, where `epoch` is null, in any state.
 * @throws {LeaseLostError} the epoch is not the search's
 * @throws {NotFoundError} there is no such search
 */
export async function holdResults(
  manager: EntityManager,
  searchId: string,
  epoch: number | null,
): Promise<void> {
  if (epoch !== null) return holdFence(manager, searchId, epoch, 1);
  const [, count] = await manager.query<[unknown[], number]>(
    `update search set version = version + 1, results_version = results_version + 1 where id = $1`,
    [searchId],
  );
  if (count === 0) throw new NotFoundError(`there is no search ${searchId}`);
}
