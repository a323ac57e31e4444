/** @file Whole workers: in this process, and as processes of their own that are killed or asked to leave. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CandidateRepository, SearchRepository, type StoredSearch } from '@sextant/persistence';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { isAlive, type Script, scriptedChild, Surroundings } from '../testing/fixtures';
import { workerConfig } from './config/worker-config';
import { startWorker } from './worker';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = path.join(root, 'dist/apps/worker/main.js');

let database: FreshDatabase;
let around: Surroundings;
let searches: SearchRepository;
let environment: Record<string, string>;
const processes: ChildProcess[] = [];

beforeAll(() => {
  if (!existsSync(main)) execFileSync('node', ['tools/build-app.mjs', 'worker'], { cwd: root });
});
beforeEach(async () => {
  database = await freshDatabase();
  around = new Surroundings();
  searches = new SearchRepository(database.dataSource);
  environment = {
    DATABASE_URL: database.url,
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    SEXTANT_QUEUE_PREFIX: `test-${randomUUID()}`,
    SEXTANT_HOME: around.home,
    SEXTANT_TRAINING_ENTRY: scriptedChild,
    SEXTANT_LEASE_SECONDS: '3',
    SEXTANT_LOG_LEVEL: 'silent',
  };
});
afterEach(async () => {
  for (const child of processes.splice(0)) if (child.kill('SIGKILL')) await once(child, 'close');
  around.remove();
  await database.drop();
});

async function spawnWorker(more: Record<string, string> = {}): Promise<ChildProcess> {
  const child = fork(main, { env: { ...process.env, ...environment, ...more }, execArgv: [] });
  processes.push(child);
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  expect(first).toEqual([{ ready: true }, undefined]);
  return child;
}

async function submit(script: Script): Promise<StoredSearch> {
  return (await searches.create(around.spec(script))).search;
}

async function until(search: StoredSearch, expected: object, timeout = 30_000): Promise<void> {
  const row = async () => expect(await searches.get(search.id)).toMatchObject(expected);
  await vi.waitFor(row, { timeout, interval: 20 });
}

const pidOf = ({ spec }: StoredSearch): number => around.starts(spec).at(-1)?.pid ?? NaN;

it('takes what is submitted before and after it starts, one at a time, in order', async () => {
  const early = await submit({});
  const worker = await startWorker(workerConfig(environment));
  const late = await submit({});
  await until(early, { state: 'succeeded' });
  await until(late, { state: 'succeeded' });
  const [first, second] = await Promise.all([early, late].map(({ id }) => searches.get(id)));
  expect(second!.startedAt!.getTime()).toBeGreaterThanOrEqual(first!.finishedAt!.getTime());
  await Promise.all([worker.close(), worker.close()]);
});

it('gets a search through that crashes on the way', async () => {
  const search = await submit({ checkpointEvery: 1, crash: { at: 3, how: 'SIGSEGV', times: 1 } });
  const worker = await startWorker(workerConfig(environment));
  await until(search, { state: 'succeeded' });
  expect(around.starts(search.spec).map(({ from }) => from)).toEqual([0, 2]);
  await worker.close();
});

it('killed without warning, leaves its search to another worker, which finishes it', async () => {
  const search = await submit({ steps: 7, checkpointEvery: 3, holdAt: 5 });
  const killed = await spawnWorker();
  await until(search, { progress: { step: 5 } });
  const stored = () => new CandidateRepository(database.dataSource).all(search.id);
  await vi.waitFor(async () => expect(await stored()).toHaveLength(5), { timeout: 10_000 });
  const orphan = pidOf(search);
  killed.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(orphan)).toBe(false), { timeout: 5000 });
  await spawnWorker();
  await until(search, { state: 'succeeded', leaseEpoch: 2 });
  expect(around.starts(search.spec).map(({ from }) => from)).toEqual([0, 3]);
  const candidates = await stored();
  expect(candidates.map(({ encoding }) => encoding[0]).sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it.each(['SIGTERM', 'SIGINT', 'disconnect'] as const)(
  'drains on %s: checkpoint, back into the queue, gone; another worker goes on',
  async (how) => {
    const search = await submit({ steps: 5, checkpointEvery: 4, holdAt: 3 });
    const leaving = await spawnWorker();
    await until(search, { progress: { step: 3 } });
    const exited = once(leaving, 'exit');
    if (how === 'disconnect') leaving.disconnect();
    else for (let times = 0; times < 2; times++) leaving.kill(how);
    expect(await exited).toEqual([0, null]);
    expect(await searches.get(search.id)).toMatchObject({ state: 'queued', error: null });
    expect(isAlive(pidOf(search))).toBe(false);
    await spawnWorker();
    await until(search, { state: 'succeeded' });
    expect(around.starts(search.spec).map(({ from }) => from)).toEqual([0, 3]);
  },
);

it('survives the loss of every database connection while it runs', async () => {
  const search = await submit({ steps: 60, stepMs: 25 });
  await spawnWorker();
  for (const step of [10, 30]) {
    await vi.waitFor(
      async () => {
        const { progress } = await searches.get(search.id);
        expect(progress?.step).toBeGreaterThan(step);
      },
      { timeout: 15_000 },
    );
    await database.dataSource.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }
  await until(search, { state: 'succeeded', leaseEpoch: 1 });
  expect(around.starts(search.spec)).toHaveLength(1);
  const stored = await new CandidateRepository(database.dataSource).all(search.id);
  expect(stored).toHaveLength(60);
});

it('refuses an environment it cannot use, with a word for each fault', async () => {
  const child = fork(main, { env: { SEXTANT_THREADS: 'many' }, execArgv: [], silent: true });
  let said = '';
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(said).toContain('SEXTANT_THREADS');
});
