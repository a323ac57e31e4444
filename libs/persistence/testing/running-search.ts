/** @file A search that a worker has taken. */
import type { SearchRepository } from '../src/repositories/search.repository';
import { sampleSpec } from './samples';

/** Its id, and the epoch of the lease. */
export async function runningSearch(
  searches: SearchRepository,
): Promise<{ readonly id: string; readonly epoch: number }> {
  const { search } = await searches.create(sampleSpec());
  const lease = await searches.lease(search.id, 'worker', 600);
  await searches.start(search.id, lease!.epoch);
  return { id: search.id, epoch: lease!.epoch };
}
