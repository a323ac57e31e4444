/** @file The runner against a real database and real processes; the queue is left out. */
import { freshDatabase, sampleCandidate, type FreshDatabase } from '@sextant/persistence/testing';
import {
  BenchmarkRepository,
  CandidateRepository,
  CheckpointRepository,
  HardwareProfileRepository,
  SearchRepository,
  type StoredSearch,
} from '@sextant/persistence';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isAlive, type Script, scriptedChild, Surroundings } from '../../testing/fixtures';
import { workerConfig } from '../config/worker-config';
import { SearchRunner } from './search-runner';

let database: FreshDatabase;
let around: Surroundings;
let searches: SearchRepository;
let candidates: CandidateRepository;
let checkpoints: CheckpointRepository;

beforeAll(async () => {
  database = await freshDatabase();
  around = new Surroundings();
  searches = new SearchRepository(database.dataSource);
  candidates = new CandidateRepository(database.dataSource);
  checkpoints = new CheckpointRepository(database.dataSource);
});
afterAll(async () => {
  around.remove();
  await database.drop();
});

/** A runner as another worker would have it. */
const runner = (env: Record<string, string> = {}): SearchRunner => {
  const config = workerConfig({
    SEXTANT_HOME: around.home,
    SEXTANT_TRAINING_ENTRY: scriptedChild,
    SEXTANT_LEASE_SECONDS: '3',
    ...env,
  });
  const repositories = {
    searches,
    candidates,
    checkpoints,
    benchmarks: new BenchmarkRepository(database.dataSource),
    hardwareProfiles: new HardwareProfileRepository(database.dataSource),
  };
  return new SearchRunner(config, repositories, pino({ level: 'silent' }));
};

async function submit(script: Script): Promise<StoredSearch> {
  return (await searches.create(around.spec(script))).search;
}

const startsOf = ({ spec }: StoredSearch) => around.starts(spec);
const stepOf = async ({ id }: StoredSearch) => (await searches.get(id)).progress?.step;
const idsOf = async ({ id }: StoredSearch) =>
  (await candidates.all(id)).map((it) => it.encoding[0]);

async function untilStep(search: StoredSearch, step: number): Promise<void> {
  await vi.waitFor(async () => expect(await stepOf(search)).toBe(step), { timeout: 10_000 });
}

/** The process of the newest start. */
const pidOf = (search: StoredSearch): number => startsOf(search).at(-1)?.pid ?? NaN;

describe('a search that runs', () => {
  it('stores progress, checkpoints, candidates and the summary', async () => {
    const search = await submit({ steps: 6, checkpointEvery: 2 });
    await runner().run(search.id);
    const after = await searches.get(search.id);
    expect(after).toMatchObject({ state: 'succeeded', error: null, summary: { trainingSteps: 6 } });
    expect(after.progress?.step).toBe(6);
    expect((await idsOf(search)).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await checkpoints.list(search.id)).map(({ step }) => step)).toEqual([6, 4]);
    expect(isAlive(pidOf(search))).toBe(false);
  });

  it('is delivered twice and computed once, at the same time or later', async () => {
    const search = await submit({});
    await Promise.all([runner().run(search.id), runner().run(search.id)]);
    await runner().run(search.id);
    expect(startsOf(search)).toHaveLength(1);
    expect((await searches.get(search.id)).leaseEpoch).toBe(1);
  });

  it('fails for good with the code it gave', async () => {
    const error = { code: 'dataset-not-found', message: 'no such data set', permanent: true };
    const search = await submit({ steps: 1, fail: error });
    await runner().run(search.id);
    expect(await searches.get(search.id)).toMatchObject({ state: 'failed', error });
  });

  it('waits in the queue again after a failure that may pass', async () => {
    const error = { code: 'unexpected', message: 'try again', permanent: false };
    const search = await submit({ steps: 1, fail: error });
    await runner().run(search.id);
    expect(await searches.get(search.id)).toMatchObject({ state: 'queued', error });
  });
});

describe('a search whose process dies', () => {
  it('resumes from the last checkpoint and keeps what was stored', async () => {
    const search = await submit({ steps: 7, checkpointEvery: 3, holdAt: 5 });
    const first = runner().run(search.id);
    await untilStep(search, 5);
    process.kill(pidOf(search), 'SIGKILL');
    await first;
    expect(await searches.get(search.id)).toMatchObject({
      state: 'queued',
      error: { code: 'training-crashed', message: expect.stringContaining('SIGKILL') },
    });
    await runner().run(search.id);
    expect(startsOf(search)).toEqual([
      expect.objectContaining({ from: 0, done: 0 }),
      expect.objectContaining({ from: 3, done: 5 }),
    ]);
    expect(await searches.get(search.id)).toMatchObject({ state: 'succeeded', error: null });
    expect((await idsOf(search)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('is quarantined after three crashes without progress', async () => {
    const search = await submit({ crash: { at: 1, how: 'SIGSEGV', times: 9 } });
    for (const state of ['queued', 'queued', 'quarantined']) {
      await runner().run(search.id);
      expect((await searches.get(search.id)).state).toBe(state);
    }
    expect((await searches.get(search.id)).error?.message).toContain('SIGSEGV');
    await runner().run(search.id);
    expect(startsOf(search)).toHaveLength(3);
  });

  it('is not quarantined while each try gets further', async () => {
    const search = await submit({
      steps: 6,
      checkpointEvery: 1,
      crash: { at: 6, how: 'exit', times: 1 },
    });
    const spoilt = { at: 2, how: 'exit', times: 1 } as const;
    const another = await submit({ checkpointEvery: 1, crash: spoilt });
    for (const { id } of [search, search, another, another]) await runner().run(id);
    expect(startsOf(search).map(({ from }) => from)).toEqual([0, 5]);
    expect(startsOf(another).map(({ from }) => from)).toEqual([0, 1]);
    expect((await searches.get(another.id)).state).toBe('succeeded');
  });

  it('is ended when it takes more memory than it may', async () => {
    const search = await submit({ eatMemory: true });
    await runner({ SEXTANT_MEMORY_LIMIT_MB: '200' }).run(search.id);
    expect(await searches.get(search.id)).toMatchObject({
      state: 'queued',
      error: { code: 'out-of-memory', permanent: false },
    });
  });

  it('tells when the script to run is not there', async () => {
    const search = await submit({});
    await runner({ SEXTANT_TRAINING_ENTRY: '/nowhere/training.child.js' }).run(search.id);
    expect((await searches.get(search.id)).error?.message).toContain('Cannot find module');
  });
});

describe('a search that shall stop', () => {
  it.each([{ ignoreStop: false }, { ignoreStop: true }])(
    'is cancelled within 2 s, process and row: %j',
    async ({ ignoreStop }) => {
      const search = await submit({ holdAt: 2, ignoreStop });
      const running = runner().run(search.id);
      await untilStep(search, 2);
      const pid = pidOf(search);
      const askedAt = performance.now();
      await searches.cancel(search.id);
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { interval: 10, timeout: 5000 });
      expect(performance.now() - askedAt).toBeLessThan(2000);
      await running;
      expect((await searches.get(search.id)).state).toBe('cancelled');
    },
  );

  it('goes back into the queue with a new checkpoint when its worker drains', async () => {
    const search = await submit({ steps: 5, checkpointEvery: 4, holdAt: 3 });
    const worker = runner();
    const running = worker.run(search.id);
    await untilStep(search, 3);
    await worker.beforeApplicationShutdown();
    await running;
    expect(await searches.get(search.id)).toMatchObject({ state: 'queued', error: null });
    await worker.run(search.id); // draining: given back untouched
    expect((await searches.get(search.id)).state).toBe('queued');
    await runner().run(search.id);
    expect(startsOf(search).map(({ from }) => from)).toEqual([0, 3]);
    expect((await searches.get(search.id)).state).toBe('succeeded');
  });
});

describe('a search whose lease is another’s', () => {
  it('gets nothing more from its old worker', async () => {
    const search = await submit({ holdAt: 2 });
    const running = runner().run(search.id);
    await untilStep(search, 2);
    const pid = pidOf(search);
    // the old worker may renew before the reaper looks: then its lease is good, and the test tries again
    await vi.waitFor(async () => {
      await database.dataSource.query(
        `update search set lease_expires_at = now() - interval '1 second' where id = $1 and lease_epoch = 1`,
        [search.id],
      );
      expect(await searches.reapExpired()).toBe(1);
    });
    const stolen = await searches.lease(search.id, 'thief', 60);
    const before = await searches.get(search.id);
    await running;
    expect(isAlive(pid)).toBe(false);
    expect(await searches.get(search.id)).toEqual(before);
    await expect(candidates.record(search.id, 1, [sampleCandidate(1)])).rejects.toThrow('epoch 1');
    expect(stolen?.epoch).toBe(2);
  });
});
