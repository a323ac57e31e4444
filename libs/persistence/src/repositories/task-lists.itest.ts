/** @file A search for several tasks and the lists of each, in a real database. */
import { LeaseLostError } from '@sextant/common';
import { CreateSearch } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, sampleCandidate, type FreshDatabase } from '../../testing';
import { taskListsOf } from '../task-list';
import { CandidateRepository } from './candidate.repository';
import { SearchRepository } from './search.repository';

let database: FreshDatabase;
let searches: SearchRepository;
let candidates: CandidateRepository;
beforeAll(async () => {
  database = await freshDatabase();
  searches = new SearchRepository(database.dataSource);
  candidates = new CandidateRepository(database.dataSource);
});
afterAll(() => database.drop());

const spec = CreateSearch.parse({
  dataset: 'scenes',
  space: 'scenes-small',
  method: { name: 'fbnet-v5', options: { tasks: ['classification', 'detection'] } },
});

async function submitted() {
  const { search } = await searches.create(spec);
  const [first, second] = taskListsOf(search.id, spec).map(({ id }) => id) as [string, string];
  return { search, first, second };
}

describe('the lists of a search for several tasks', () => {
  it('are made with it and are no searches of their own in the list of all', async () => {
    const { search, first, second } = await submitted();
    expect(first).not.toBe(second);
    expect(await searches.get(first)).toMatchObject({
      ...{ parentId: search.id, task: 'classification', state: 'queued' },
    });
    const ids = (await searches.list(100)).map(({ id }) => id);
    expect(ids).toContain(search.id);
    expect(ids).not.toContain(first);
    expect(ids).not.toContain(second);
  });

  it('follow it from its lease to its end', async () => {
    const { search, first } = await submitted();
    const lease = await searches.lease(search.id, 'a test', 60);
    expect(lease?.epoch).toBe(1);
    await searches.start(search.id, 1);
    expect(await searches.get(first)).toMatchObject({ state: 'running', leaseEpoch: 1 });
    await candidates.record(first, 1, [sampleCandidate(1)]);
    expect((await candidates.all(first)).length).toBe(1);
    expect(await candidates.all(search.id)).toEqual([]);
    const error = { code: 'unexpected', message: 'it broke', permanent: true };
    await searches.finish(search.id, 1, { state: 'failed', error });
    const list = await searches.get(first);
    expect(list).toMatchObject({ state: 'failed', error });
    expect(list.finishedAt).not.toBeNull();
  });

  it('take nothing from a worker that has lost the lease', async () => {
    const { search, first } = await submitted();
    await searches.lease(search.id, 'one', 60);
    await searches.start(search.id, 1);
    await searches.release(search.id, 1);
    await searches.lease(search.id, 'another', 60);
    await expect(candidates.record(first, 1, [sampleCandidate(1)])).rejects.toThrow(LeaseLostError);
    await candidates.record(first, 2, [sampleCandidate(2)]);
    expect((await candidates.all(first)).length).toBe(1);
  });

  it('keep it from being given up, where each crash came after a new candidate', async () => {
    const { search, first } = await submitted();
    const error = { code: 'training-crashed', message: 'it died', permanent: false };
    for (let epoch = 1; epoch <= 4; epoch++) {
      await searches.lease(search.id, 'a test', 60);
      await searches.start(search.id, epoch);
      await candidates.record(first, epoch, [sampleCandidate(epoch)]);
      expect(await searches.crash(search.id, epoch, error)).toBe('queued');
    }
    for (let epoch = 5; epoch <= 6; epoch++) {
      await searches.lease(search.id, 'a test', 60);
      const state = await searches.crash(search.id, epoch, error);
      expect(state).toBe(epoch === 5 ? 'queued' : 'quarantined');
    }
    expect((await searches.get(first)).state).toBe('quarantined');
  });

  it('end with it, whichever of them is cancelled', async () => {
    const { search, second } = await submitted();
    expect((await searches.cancel(second)).id).toBe(search.id);
    expect((await searches.get(search.id)).state).toBe('cancelled');
    expect((await searches.get(second)).state).toBe('cancelled');
  });
});
