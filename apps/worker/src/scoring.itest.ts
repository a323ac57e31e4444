/** @file Zero-cost searches through whole workers: real scores, workers that are killed, cancelled, drained. */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateSearch,
  defaultReport,
  type ScoredArchitecture,
  type SearchBy,
  type TaskId,
} from '@sextant/contracts';
import { openDataset } from '@sextant/datasets';
import { probeLowerings } from '@sextant/engine';
import {
  planScoring,
  predictAccuracies,
  reportCorrelations,
  scoreShard,
  type CostSources,
  type ScoredTable,
} from '@sextant/evaluation';
import { rankFusion, vote } from '@sextant/proxies';
import {
  LabelRepository,
  PredictionRepository,
  ScoringRepository,
  SearchRepository,
  TaskRepository,
  type StoredSearch,
  type StoredTask,
} from '@sextant/persistence';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import { cellHash, cellMacs, cellParams, formatCell } from '@sextant/search-space';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = path.join(root, 'dist/apps/worker/main.js');
const scripted = fileURLToPath(new URL('../testing/scripted-scoring.child.mjs', import.meta.url));

let database: FreshDatabase;
let home: string;
let searches: SearchRepository;
let scoring: ScoringRepository;
let tasks: TaskRepository;
let prefix: string;
const processes: ChildProcess[] = [];

beforeAll(() => {
  if (!existsSync(main)) execFileSync('node', ['tools/build-app.mjs', 'worker'], { cwd: root });
});
beforeEach(async () => {
  database = await freshDatabase();
  home = mkdtempSync(path.join(tmpdir(), 'sextant-scoring-'));
  searches = new SearchRepository(database.dataSource);
  scoring = new ScoringRepository(database.dataSource);
  tasks = new TaskRepository(database.dataSource);
  prefix = `test-${randomUUID()}`;
});
afterEach(async () => {
  for (const child of processes.splice(0)) if (child.kill('SIGKILL')) await once(child, 'close');
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

async function spawnWorker(more: Record<string, string> = {}): Promise<ChildProcess> {
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    SEXTANT_QUEUE_PREFIX: prefix,
    SEXTANT_HOME: home,
    SEXTANT_THREADS: '1',
    SEXTANT_LEASE_SECONDS: '3',
    SEXTANT_LOG_LEVEL: process.env['SEXTANT_TEST_LOG'] ?? 'silent',
    ...more,
  };
  const child = fork(main, { env, execArgv: [] });
  processes.push(child);
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  expect(first).toEqual([{ ready: true }, undefined]);
  return child;
}

/** A child that scores by arithmetic, one architecture in `ms`; `crashOn` kills it there. */
const scriptedBy = (script: { ms?: number; crashOn?: string }) => ({
  SEXTANT_SCORING_ENTRY: scripted,
  SEXTANT_DATASETS: home,
  SCRIPT: JSON.stringify({ ms: 20, ...script }),
});

const spec = (options: Record<string, unknown>): SearchBy<'zero-cost'> =>
  CreateSearch.parse({
    dataset: 'fashion-mnist-subset',
    space: 'nas-bench-201',
    method: { name: 'zero-cost', options: { proxies: ['snip', 'synflow'], ...options } },
    seed: 3,
  }) as SearchBy<'zero-cost'>;

const submit = async (options: Record<string, unknown>): Promise<StoredSearch> =>
  (await searches.create(spec(options))).search;

const until = ({ id }: StoredSearch, expected: object, timeout = 200_000): Promise<void> =>
  vi.waitFor(async () => expect(await searches.get(id)).toMatchObject(expected), {
    timeout,
    interval: 50,
  });

const scoredAtLeast = ({ id }: StoredSearch, count: number): Promise<void> =>
  vi.waitFor(async () => expect(await scoring.scoredCount(id)).toBeGreaterThanOrEqual(count), {
    timeout: 30_000,
    interval: 20,
  });

/** Nothing is limited, so nobody asks. */
const noLimits: CostSources = {
  image: () => Promise.reject(new TypeError('not asked')),
  profileCost: () => Promise.reject(new TypeError('not asked')),
};

/** Without a service: one shard of all, in this process. */
async function scoredAtOnce(search: SearchBy<'zero-cost'>): Promise<ScoredArchitecture[]> {
  const { shards } = await planScoring(search, noLimits, () => Promise.resolve());
  const all: ScoredArchitecture[] = [];
  await scoreShard(
    {
      spec: search,
      dataset: await openDataset(search.dataset, { root: home }),
      encodings: shards.flat(),
      done: new Set(),
      threads: 1,
      lowerings: await probeLowerings('cpu'),
    },
    {
      onScored: (it) => Promise.resolve(void all.push(it)),
      stopRequested: () => Promise.resolve(null),
    },
  );
  return all;
}

/** Ranked list: id, score and every proxy, best first. */
const ranked = ({ id }: StoredSearch) =>
  database.dataSource.query<{ id: string; score: number; scores: number[] }[]>(
    `select id, score, scores from candidate join candidate_scores s
       on s.search_id = candidate.search_id and s.candidate_id = id
     where candidate.search_id = $1 order by score_loss, macs, id`,
    [id],
  );

describe('with real scores', () => {
  it('R17: shards of two workers come to the library’s own numbers for all of it at once, to the bit', async () => {
    const options = { architectures: 4, batchSize: 4, shardSize: 2 };
    const search = await submit(options);
    await Promise.all([spawnWorker(), spawnWorker()]);
    const expected = scoredAtOnce(spec(options));
    await until(search, { state: 'succeeded' });
    const byId = new Map((await expected).map((it) => [it.id, it]));
    const list = await ranked(search);
    expect(list.map(({ id }) => id).sort()).toEqual([...byId.keys()].sort());
    for (const { id, scores } of list) {
      const own = byId.get(id)!.scores;
      expect(scores).toEqual([own['snip']!.value, own['synflow']!.value]);
    }
    expect(await scoring.failures(search.id, ['snip', 'synflow'])).toEqual({});
    const { summary, progress } = await searches.get(search.id);
    expect(summary).toMatchObject({
      architectures: { requested: 4, distinct: list.length, scored: list.length },
      shards: { total: Math.ceil(list.length / 2), quarantined: 0 },
    });
    expect(progress).toMatchObject({ phase: 'done', step: list.length });
    for (const { id, nodeCounts, nodes } of await scoring.scores(search.id, 9, null)) {
      const own = byId.get(id)!.nodes;
      const [snip, synflow] = ['snip', 'synflow'].map((name) => Buffer.from(own[name]!, 'base64'));
      expect(nodeCounts).toEqual([snip!.byteLength / 8, synflow!.byteLength / 8]);
      expect(nodes).toEqual(Buffer.concat([snip!, synflow!]));
    }
  }, 240_000);

  it('scores spaces given as data as well', async () => {
    const { search } = await searches.create({
      ...spec({
        architectures: 3,
        batchSize: 4,
        proxies: ['params', 'snip'],
        ranking: { by: 'proxy', proxy: 'snip' },
      }),
      space: 'mbconv-fashion-mnist-v1',
    });
    await spawnWorker();
    await until(search, { state: 'succeeded' });
    const list = await ranked(search);
    expect(list.map(({ score }) => score)).toEqual(list.map(({ scores }) => scores[1]));
  }, 120_000);
});

describe('ranked by several', () => {
  it.each([
    [{ by: 'vote' }, ['synflow', 'jacob_cov', 'snip']],
    [{ by: 'az-nas' }, ['az_expressivity', 'az_progressivity', 'az_trainability', 'macs']],
  ] as const)(
    '%j scores what it needs, and is the library’s',
    async (ranking, names) => {
      const search = await submit({ architectures: 12, proxies: ['params'], ranking });
      await spawnWorker(scriptedBy({ ms: 1 }));
      await until(search, { state: 'succeeded' });
      const list = await ranked(search);
      const { proxies } = (search.spec as SearchBy<'zero-cost'>).method.options;
      const columns = names.map((name) => list.map(({ scores }) => scores[proxies.indexOf(name)]!));
      const expected = ranking.by === 'vote' ? vote(columns) : rankFusion(columns);
      list.forEach(({ score }, at) => expect(score).toBeCloseTo(expected[at]!, 9));
      expect(new Set(expected).size).toBeGreaterThan(1);
    },
    60_000,
  );
});

describe('with workers that fail', () => {
  const many = { architectures: 24, shardSize: 6 };

  it('R2, R9: killed in the middle, both the one that coordinates and one that scores, it ends as if nothing had happened', async () => {
    const search = await submit(many);
    const slow = scriptedBy({ ms: 200 });
    const [first, second] = [await spawnWorker(slow), await spawnWorker(slow)];
    await scoredAtLeast(search, 2);
    first.kill('SIGKILL');
    await scoredAtLeast(search, 8);
    second.kill('SIGKILL');
    await spawnWorker(scriptedBy({ ms: 1 }));
    await until(search, { state: 'succeeded' });
    const { shards, distinct } = await planScoring(spec(many), noLimits, () => Promise.resolve());
    expect(await scoring.plan(search.id)).toEqual({
      requested: 24,
      distinct,
      shards: shards.length,
    });
    expect(await tasks.shardCounts(search.id)).toMatchObject({ succeeded: shards.length });
    const values = shards
      .flat()
      .map((encoding) => encoding.reduce((sum, digit) => 5 * sum + digit));
    const list = await ranked(search);
    expect(list.map(({ scores }) => scores[0]).sort()).toEqual(values.sort());
  }, 120_000);

  it('R10: a shard that kills its process three times is given up and counted; the rest is ranked', async () => {
    const search = await submit({ ...many, architectures: 12 });
    const { shards } = await planScoring(spec({ ...many, architectures: 12 }), noLimits, () =>
      Promise.resolve(),
    );
    await spawnWorker(scriptedBy({ ms: 1, crashOn: shards[0]![0]!.join('') }));
    await until(search, { state: 'succeeded' });
    const { summary } = await searches.get(search.id);
    expect(summary).toMatchObject({ shards: { quarantined: 1 } });
    expect((await ranked(search)).length).toBe((await scoring.plan(search.id))!.distinct - 6);
  }, 120_000);

  it('R6: cancelled, it frees the processor within two seconds and stays cancelled', async () => {
    const search = await submit({ architectures: 400, shardSize: 50 });
    await spawnWorker(scriptedBy({}));
    await scoredAtLeast(search, 5);
    const askedMs = performance.now();
    await searches.cancel(search.id);
    await until(search, { state: 'cancelled' });
    await vi.waitFor(async () => expect((await tasks.shardCounts(search.id)).leased).toBe(0));
    expect(performance.now() - askedMs).toBeLessThan(2500);
    const counted = await scoring.scoredCount(search.id);
    expect((await tasks.shardCounts(search.id)).queued).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await scoring.scoredCount(search.id)).toBe(counted);
  }, 120_000);

  it('R11: drained, it gives everything back and another worker goes on', async () => {
    const search = await submit(many);
    const leaving = await spawnWorker(scriptedBy({}));
    await scoredAtLeast(search, 5);
    const exited = once(leaving, 'exit');
    leaving.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(await searches.get(search.id)).toMatchObject({ state: 'queued', error: null });
    expect(await tasks.shardCounts(search.id)).toMatchObject({ leased: 0, quarantined: 0 });
    await spawnWorker(scriptedBy({ ms: 1 }));
    await until(search, { state: 'succeeded' });
  }, 120_000);

  it('fails with the reason a shard gives when it can never be scored', async () => {
    const { search } = await searches.create({ ...spec(many), dataset: 'gone' });
    await spawnWorker();
    await until(search, { state: 'failed', error: { code: 'dataset-not-found' } });
    expect((await tasks.shardCounts(search.id)).queued).toBe(0);
  }, 120_000);
});

describe('with labels', () => {
  /** 40 cells with scores, as shards would have stored them, and an accuracy for each of the first 30. */
  async function scoredSearch(): Promise<{ search: StoredSearch; accuracies: number[] }> {
    const search = await submit({ architectures: 40 });
    const { epoch } = (await searches.lease(search.id, 'a test', 60))!;
    await searches.start(search.id, epoch);
    const { shards, ...plan } = await planScoring(
      spec({ architectures: 40, shardSize: 40 }),
      noLimits,
      () => Promise.resolve(),
    );
    await scoring.storePlan(search.id, epoch, { ...plan, shards });
    const lease = (await tasks.lease({ searchId: search.id, kind: 'score', number: 1 }, 'x', 60))!;
    const cells = shards.flat();
    const convolutions = cells.map((cell) => cell.filter((operation) => operation === 3).length);
    const rows = cells.map((cell, at) => ({
      id: cellHash(cell),
      encoding: cell,
      architecture: { cell: formatCell(cell) },
      macs: cellMacs(cell),
      paramCount: cellParams(cell),
      scores: {
        snip: { value: convolutions[at]! + at / 100, failure: null },
        synflow: at === 3 ? { value: null, failure: 'non-finite' } : { value: -at, failure: null },
      },
      nodes: {},
    }));
    await scoring.record(lease.id, lease.epoch, ['snip', 'synflow'], rows);
    await scoring.rank(search.id, epoch, 'proxy', [{ position: 0, direction: 'maximize' }]);
    await tasks.finish(lease.id, lease.epoch, { state: 'succeeded', result: {} });
    await searches.finish(search.id, epoch, { state: 'cancelled' }).catch(() => undefined);
    const accuracies = convolutions.map((count, at) => 0.5 + 0.05 * count + ((at * 7) % 11) / 200);
    const labels = rows.slice(0, 30).map(({ id }, at) => ({
      key: id,
      candidateId: id,
      architecture: id,
      accuracy: accuracies[at]!,
    }));
    const repository = new LabelRepository(database.dataSource);
    await repository.put(search.id, 'train', labels.slice(0, 24));
    await repository.put(search.id, 'test', labels.slice(20));
    return { search, accuracies };
  }

  const taskEnds = (id: TaskId): Promise<StoredTask> =>
    vi.waitFor(
      async () => {
        const task = await tasks.get(id);
        expect(task.finishedAt).not.toBeNull();
        return task;
      },
      { timeout: 150_000, interval: 100 },
    );

  /** What the child was given, read here. */
  async function tableOf(search: StoredSearch): Promise<ScoredTable> {
    const rows = await scoring.scores(search.id, 1000, null);
    const labels = new LabelRepository(database.dataSource);
    return {
      spec: search.spec as SearchBy<'zero-cost'>,
      rows: rows.map((row) => ({
        ...row,
        encoding: [...row.encoding],
        scores: [...row.scores],
        nodeCounts: [...row.nodeCounts],
        nodes: row.nodes.toString('base64'),
      })),
      train: await labels.scored(search.id, 'train'),
      test: await labels.scored(search.id, 'test'),
    };
  }

  it('labels in, ranked list and report out, equal to the library’s', async () => {
    const { search } = await scoredSearch();
    const wanted = { name: 'kernel-ridge', seed: 5 } as const;
    const asked = await tasks.add(search.id, 'predict', wanted);
    await spawnWorker();
    const ended = await taskEnds(asked);
    expect(ended).toMatchObject({
      state: 'succeeded',
      result: { picked: 'kernel-ridge', labels: 24 },
    });

    const table = await tableOf(search);
    const own = await predictAccuracies(table, wanted, { threads: 1 });
    const predictions = new PredictionRepository(database.dataSource);
    const stored = await predictions.of(search.id, 1);
    expect(stored).toEqual(own.predictions);
    const list = await predictions.ranked(
      search.id,
      { kind: 'predictor', number: 1 },
      1,
      100,
      null,
    );
    const best = own.predictions.toSorted((a, b) => b.value - a.value)[0]!;
    expect([list.length, list[0]!.id]).toEqual([table.rows.length, best.id]);
    const [counted] = await database.dataSource.query<{ count: number }[]>(
      `select count(*)::integer as count from candidate where search_id = $1 and predicted_accuracy is not null`,
      [search.id],
    );
    expect(counted?.count).toBe(table.rows.length);

    const report = await taskEnds({ searchId: search.id, kind: 'report', number: 1 });
    const fitted = { ...wanted, number: 1, picked: wanted.name, predictions: stored };
    const expected = reportCorrelations(table, [fitted], defaultReport);
    expect(report.result).toMatchObject(JSON.parse(JSON.stringify(expected)) as object);
    const entries = expected.entries.filter(({ split }) => split === 'train');
    expect(entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'baseline params',
      'baseline macs',
      'proxy snip',
      'proxy synflow',
      'ranking mean-rank',
      'predictor 1 kernel-ridge',
    ]);
    expect(entries[3]).toMatchObject({ failed: 1, n: 24 });
    expect(expected.labels).toEqual({ train: 24, test: 6 });
  }, 240_000);

  it('says why where there is nothing to learn from', async () => {
    const { search } = await scoredSearch();
    await database.dataSource.query(`delete from label where search_id = $1`, [search.id]);
    await tasks.add(search.id, 'predict', { name: 'kernel-ridge', seed: 0 });
    await spawnWorker();
    const ended = await taskEnds({ searchId: search.id, kind: 'predict', number: 1 });
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'insufficient-data' } });
  }, 120_000);
});
