/** @file Searches of a table as a worker runs them: leased, in a child, killed and finished later, cancelled. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import { CreateSearch, isSearchBy } from '@sextant/contracts';
import { runBenchmark } from '@sextant/evaluation';
import { syntheticCells, syntheticTable } from '@sextant/evaluation/testing';
import {
  BenchmarkRepository,
  CandidateRepository,
  CheckpointRepository,
  HardwareProfileRepository,
  SearchRepository,
} from '@sextant/persistence';
import { freshDatabase, storeBenchmark, type FreshDatabase } from '@sextant/persistence/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Surroundings } from '../../testing/fixtures';
import { workerConfig } from '../config/worker-config';
import { SearchRunner } from './search-runner';

const cells = syntheticCells();
const table = syntheticTable(cells);
let database: FreshDatabase;
let around: Surroundings;
let searches: SearchRepository;
let candidates: CandidateRepository;
let runner: SearchRunner;

beforeAll(async () => {
  const child = path.join(import.meta.dirname, 'training.child.ts');
  database = await freshDatabase();
  around = new Surroundings();
  searches = new SearchRepository(database.dataSource);
  candidates = new CandidateRepository(database.dataSource);
  await storeBenchmark(database.dataSource, 'made-up', table);
  const config = workerConfig({
    SEXTANT_HOME: around.home,
    SEXTANT_TRAINING_ENTRY: await bundleChild(child, 'table-search'),
  });
  const repositories = {
    searches,
    candidates,
    checkpoints: new CheckpointRepository(database.dataSource),
    benchmarks: new BenchmarkRepository(database.dataSource),
    hardwareProfiles: new HardwareProfileRepository(database.dataSource),
  };
  runner = new SearchRunner(config, repositories, pino({ level: 'silent' }));
}, 120_000);
afterAll(async () => {
  around.remove();
  await database.drop();
});

/** The process that computes, of which there is one at a time. */
const computing = (): number[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)])
    .toString()
    .split('\n')
    .filter((line) => line.includes('table-search'))
    .map((line) => Number.parseInt(line, 10));

const specOf = (options: object, seed = 0) =>
  CreateSearch.parse({
    dataset: 'cifar10',
    space: 'nas-bench-201',
    method: { name: 'benchmark', options: { benchmark: 'made-up', ...options } },
    seed,
  });

const submit = async (spec: CreateSearch) => (await searches.create(spec)).search.id;

const count = async (what: 'candidate' | 'candidate_cost', id: string): Promise<number> => {
  const [row] = await database.dataSource.query<{ n: number }[]>(
    `select count(*)::integer as n from ${what} where search_id = $1`,
    [id],
  );
  return row!.n;
};

const versionsOf = async (id: string): Promise<number[]> => {
  const rows = await database.dataSource.query<{ version: number }[]>(
    `select distinct (conditions ->> 'version')::integer as version from candidate_cost where search_id = $1`,
    [id],
  );
  return rows.map(({ version }) => version);
};

/** With twice the numbers of the first. */
async function newVersionOfBoard(): Promise<void> {
  const profiles = new HardwareProfileRepository(database.dataSource);
  const { versions } = await profiles.get('board');
  const { space, keys, conditions } = versions.at(-1)!;
  const rows = await profiles.rows('board', 1, { metric: null, limit: 100_000, after: null });
  const doubled = rows.map(({ key, metric, value }) => {
    const twice = 2 * value;
    return { key, metric, value: twice, p10: twice, p90: twice, n: null };
  });
  await profiles.importTable('board', { space, keys, conditions, origin: null, rows: doubled });
}

/** What the search finds where nothing is stored. */
async function found(spec: CreateSearch): Promise<string[]> {
  if (!isSearchBy(spec, 'benchmark')) throw new TypeError('another method');
  const ids: string[] = [];
  await runBenchmark(
    { spec, table, done: [] },
    {
      nowMs: () => 0,
      onProgress: () => undefined,
      onCandidates: (some) => Promise.resolve(void ids.push(...some.map(({ id }) => id))),
      onCosts: () => Promise.resolve(),
      stopRequested: () => Promise.resolve(null),
    },
  );
  return ids.sort();
}

const everything = { strategy: 'enumeration', trainings: 20_000, measurements: 20_000 };
const costs = ['latencyMs@board', 'energyMj@board'];

it('stores what a search finds, with costs and conditions, the same on every run', async () => {
  const limits = { 'latencyMs@board': 4 };
  const spec = specOf({ strategy: 'constrained-evolution', limits, costs: ['energyMj@board'] }, 3);
  const ids = [await submit(spec), await submit(spec)];
  const expected = await found(spec);
  expect(expected).toHaveLength(25);
  for (const id of ids) {
    await runner.run(id);
    const { state, summary } = await searches.get(id);
    expect(state).toBe('succeeded');
    expect(summary).toMatchObject({ method: 'benchmark', candidates: 25, ended: 'trainings' });
    expect((await candidates.all(id)).map((it) => it.id).sort()).toEqual(expected);
    expect(await count('candidate_cost', id)).toBe(50);
  }
  const [cost] = await database.dataSource.query<object[]>(
    `select evidence, conditions from candidate_cost where search_id = $1 and cost = 'latencyMs@board' limit 1`,
    [ids[0]],
  );
  expect(cost).toEqual({
    evidence: 'measured',
    conditions: expect.objectContaining({ profile: 'board', version: 1, source: 'imported' }),
  });
}, 60_000);

it('whose process is killed while it stores, is finished by the next run with every result once', async () => {
  const id = await submit(specOf({ ...everything, costs }));
  const first = runner.run(id);
  const [pid] = await vi.waitUntil(() => (computing().length === 1 ? computing() : undefined), {
    timeout: 30_000,
    interval: 20,
  });
  await vi.waitUntil(async () => (await count('candidate', id)) > 0, {
    timeout: 30_000,
    interval: 1,
  });
  process.kill(pid!, 'SIGKILL');
  await first;
  expect(await searches.get(id)).toMatchObject({ state: 'queued' });
  expect(await count('candidate', id)).toBeLessThan(cells.length);
  await newVersionOfBoard();
  await runner.run(id);
  const search = await searches.get(id);
  expect(search).toMatchObject({ state: 'succeeded', leaseEpoch: 2 });
  expect(search.summary).toMatchObject({ candidates: cells.length });
  expect(await count('candidate', id)).toBe(cells.length);
  const known = table.costs.flatMap(({ values }) => values.filter((it) => it !== null));
  expect(await count('candidate_cost', id)).toBe(known.length);
  // a table that came meanwhile is for searches that begin after it
  expect(await versionsOf(id)).toEqual([1]);
  expect(search.profileVersions).toEqual({ board: 1 });
  const later = await submit(specOf({ strategy: 'random-search', trainings: 5, costs }));
  await runner.run(later);
  expect(await versionsOf(later)).toEqual([2]);
}, 120_000);

it('gets the costs of the devices that it names, beside those it is limited by', async () => {
  const id = await submit({
    ...specOf({ strategy: 'random-search', trainings: 5, measurements: 5 }),
    hardware: ['board'],
  });
  await runner.run(id);
  const { state } = await searches.get(id);
  expect(state).toBe('succeeded');
  expect(await count('candidate_cost', id)).toBeGreaterThan(0);
}, 60_000);

it('ends soon after it is cancelled', async () => {
  const id = await submit(specOf({ ...everything, costs }));
  const running = runner.run(id);
  await vi.waitFor(() => expect(computing()).toHaveLength(1), { timeout: 30_000, interval: 20 });
  await searches.cancel(id);
  await running;
  expect(await searches.get(id)).toMatchObject({ state: 'cancelled' });
}, 60_000);

it('fails for good, and says why, where its table is not there', async () => {
  const id = await submit(specOf({ benchmark: 'nowhere' }));
  await runner.run(id);
  const { state, error } = await searches.get(id);
  expect(state).toBe('failed');
  expect(error).toMatchObject({ code: 'not-found', message: expect.stringContaining('nowhere') });
});
