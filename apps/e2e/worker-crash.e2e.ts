/** @file The built worker, killed in the middle of real training, and another one that finishes the search. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateSearch } from '@sextant/contracts';
import { CandidateRepository, CheckpointRepository, SearchRepository } from '@sextant/persistence';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

const entry = path.join(import.meta.dirname, '../../dist/apps/worker/main.js');
const home = mkdtempSync(path.join(os.tmpdir(), 'sextant-e2e-'));
const running = new Set<ChildProcess>();
let database: FreshDatabase;
let searches: SearchRepository;
let candidates: CandidateRepository;
let checkpoints: CheckpointRepository;

beforeAll(async () => {
  database = await freshDatabase();
  searches = new SearchRepository(database.dataSource);
  candidates = new CandidateRepository(database.dataSource);
  checkpoints = new CheckpointRepository(database.dataSource);
});
afterAll(async () => {
  for (const worker of running) worker.kill('SIGKILL');
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

function startWorker(): ChildProcess {
  const worker = fork(entry, {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      SEXTANT_HOME: home,
      SEXTANT_THREADS: '1',
      SEXTANT_LEASE_SECONDS: '3',
      SEXTANT_LOG_LEVEL: 'error',
      SEXTANT_QUEUE_PREFIX: `e2e-${path.basename(home)}`,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  running.add(worker);
  worker.once('exit', () => running.delete(worker));
  return worker;
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 110_000;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== null) return found;
    await sleep(50);
  }
  throw new Error(`waited too long for ${what}`);
}

/** The demo's search with fewer epochs and candidates. */
const spec = CreateSearch.parse({
  dataset: 'fashion-mnist-subset',
  space: 'mbconv-fashion-mnist-v1',
  method: { name: 'big-nas', options: { epochs: 0.5, checkpointSeconds: 1 } },
  evaluation: { candidates: 3, calibrationImages: 256 },
  seed: 11,
});

const ended = (id: string) =>
  until('the search to end', async () => {
    const search = await searches.get(id);
    return search.finishedAt ? search : null;
  });

const resultsOf = async (id: string) =>
  (await candidates.all(id))
    .map(({ id: candidate, model, measurements }) => ({
      candidate,
      model: model?.sha256,
      accuracies: measurements
        .filter(({ metric }) => metric === 'accuracy')
        .map(({ split, value }) => [split, value]),
    }))
    .sort((a, b) => (a.candidate < b.candidate ? -1 : 1));

it('R4, R5, R9: a search whose worker is killed in mid-training resumes from its checkpoint and ends as if nothing had happened', async () => {
  const doomed = startWorker();
  const { search: victim } = await searches.create(spec);
  const resumedFrom = await until(
    'a checkpoint',
    async () => (await checkpoints.list(victim.id))[0] ?? null,
  );
  doomed.kill('SIGKILL');
  expect((await searches.get(victim.id)).state).toBe('running');
  const totalSteps = (await searches.get(victim.id)).progress!.totalSteps;
  expect(resumedFrom.step).toBeGreaterThan(0);
  expect(resumedFrom.step).toBeLessThan(totalSteps);

  startWorker();
  const survivor = await ended(victim.id);
  expect(survivor).toMatchObject({
    state: 'succeeded',
    summary: { trainingSteps: totalSteps, candidates: 3 },
  });
  expect(survivor.leaseEpoch).toBe(2);

  const { search: reference } = await searches.create(spec);
  expect((await ended(reference.id)).leaseEpoch).toBe(1);
  expect(await resultsOf(victim.id)).toEqual(await resultsOf(reference.id));
}, 150_000);
