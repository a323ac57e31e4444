/** @file Shards, scores, rankings, labels and predictions on real PostgreSQL. */
import { LeaseLostError, NotFoundError } from '@sextant/common';
import type { ScoredArchitecture, TaskId } from '@sextant/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshDatabase, sampleSpec, type FreshDatabase } from '../../testing';
import { LabelRepository } from './label.repository';
import { PredictionRepository } from './prediction.repository';
import { ScoringRepository } from './scoring.repository';
import { SearchRepository } from './search.repository';
import { TaskRepository, type TaskLease } from './task.repository';

let database: FreshDatabase;
let searches: SearchRepository;
let scoring: ScoringRepository;
let tasks: TaskRepository;
let labels: LabelRepository;
let predictions: PredictionRepository;

beforeAll(async () => {
  database = await freshDatabase();
  searches = new SearchRepository(database.dataSource);
  scoring = new ScoringRepository(database.dataSource);
  tasks = new TaskRepository(database.dataSource);
  labels = new LabelRepository(database.dataSource);
  predictions = new PredictionRepository(database.dataSource);
});
afterAll(() => database.drop());

const proxies = ['snip', 'synflow'];
const idOf = (n: number): string => n.toString(16).padStart(32, '0');
const noShard = { code: 'crashed', message: 'SIGSEGV', permanent: false };

const scored = (n: number, snip: number | null, synflow: number): ScoredArchitecture => ({
  id: idOf(n),
  encoding: [n],
  architecture: { cell: `cell ${n}` },
  macs: 10 * n,
  paramCount: n,
  scores: {
    snip: { value: snip, failure: snip === null ? 'non-finite' : null },
    synflow: { value: synflow, failure: null },
  },
  nodes: { snip: Buffer.from(new Float64Array([n, 2 * n]).buffer).toString('base64') },
});

let searchId: string;
let epoch: number;
const shard = (number: number): TaskId => ({ searchId, kind: 'score', number });

async function leased(number: number): Promise<TaskLease> {
  const lease = await tasks.lease(shard(number), 'worker', 60);
  return lease!;
}

beforeEach(async () => {
  searchId = (await searches.create(sampleSpec())).search.id;
  epoch = (await searches.lease(searchId, 'worker', 60))!.epoch;
  await searches.start(searchId, epoch);
  const plan = {
    requested: 5,
    distinct: 4,
    shards: [
      [[1], [2]],
      [[3], [4]],
    ],
  };
  await scoring.storePlan(searchId, epoch, plan);
});

describe('a plan', () => {
  it('is stored once, with the shards it had then', async () => {
    await scoring.storePlan(searchId, epoch, { requested: 9, distinct: 9, shards: [[[9]]] });
    expect(await scoring.plan(searchId)).toEqual({ requested: 5, distinct: 4, shards: 2 });
    expect((await leased(2)).payload).toEqual({ encodings: [[3], [4]] });
    expect(await tasks.lease(shard(3), 'worker', 60)).toBeNull();
  });
  it('is refused to a worker that has lost the search', async () => {
    const plan = { requested: 1, distinct: 1, shards: [] };
    await expect(scoring.storePlan(searchId, epoch + 1, plan)).rejects.toThrow(LeaseLostError);
  });
});

describe('R2, R3: a shard', () => {
  it('has one owner, and stores each architecture once', async () => {
    const { id, epoch: mine } = await leased(1);
    expect(await tasks.lease(id, 'another', 60)).toBeNull();
    await scoring.record(id, mine, proxies, [scored(1, 0.5, 2)]);
    await scoring.record(id, mine, proxies, [scored(1, 99, 99), scored(2, null, 3)]);
    const all = await scoring.scores(searchId, 10, null);
    expect(all.map(({ id: candidate, scores }) => [candidate, scores])).toEqual([
      [idOf(1), [0.5, 2]],
      [idOf(2), [null, 3]],
    ]);
    expect([...new Float64Array(new Uint8Array(all[0]!.nodes).buffer)]).toEqual([1, 2]);
    expect(all[0]!.nodeCounts).toEqual([2, 0]);
    expect(await scoring.scores(searchId, 10, idOf(1))).toHaveLength(1);
    expect(await scoring.scoredIds(id)).toEqual([idOf(1), idOf(2)]);
    expect(await scoring.failures(searchId, proxies)).toEqual({ snip: { 'non-finite': 1 } });
  });

  it('taken over by another worker, takes nothing from the first', async () => {
    const { id, epoch: old } = await leased(1);
    await tasks.release(id, old);
    const { epoch: next } = await leased(1);
    expect(next).toBe(old + 1);
    await expect(scoring.record(id, old, proxies, [scored(1, 1, 1)])).rejects.toThrow(
      LeaseLostError,
    );
    await expect(tasks.renew(id, old, 60)).rejects.toThrow(LeaseLostError);
    const done = { state: 'succeeded', result: {} } as const;
    await expect(tasks.finish(id, old, done)).rejects.toThrow(LeaseLostError);
    expect(await scoring.scoredCount(searchId)).toBe(0);
    await tasks.finish(id, next, done);
    expect(await tasks.shardCounts(searchId)).toMatchObject({ succeeded: 1, queued: 1 });
  });

  it('R10: is out of the queue after three crashes without progress, and not with', async () => {
    for (const state of ['queued', 'queued', 'queued', 'quarantined']) {
      const { id, epoch: mine } = await leased(1);
      if (state === 'queued' && mine === 1)
        await scoring.record(id, mine, proxies, [scored(1, 1, 1)]);
      await tasks.crash(id, mine, noShard);
      expect((await tasks.get(id)).state).toBe(mine === 3 ? 'quarantined' : 'queued');
      if (mine === 3) break;
    }
  });

  it('R9: comes back when its worker goes silent', async () => {
    const { id } = await leased(2);
    await database.dataSource.query(
      `update task set lease_expires_at = now() - interval '1 s' where search_id = $1`,
      [searchId],
    );
    expect(await tasks.reapExpired()).toBe(1);
    expect(await tasks.get(id)).toMatchObject({ state: 'queued', error: { code: 'worker-lost' } });
  });

  it('is not begun once its search is to end', async () => {
    const { id, epoch: mine } = await leased(1);
    await searches.cancel(searchId);
    expect(await tasks.renew(id, mine, 60)).toBe('cancelling');
    expect(await tasks.lease(shard(2), 'worker', 60)).toBeNull();
    await tasks.cancelShards(searchId);
    expect(await tasks.shardCounts(searchId)).toMatchObject({ leased: 1, cancelled: 1 });
  });
});

describe('R1: the queue', () => {
  const none = () => Promise.resolve();
  it('hears of each task once, again when it is given back, and is asked after a while', async () => {
    const mine: number[][] = [];
    const deliver = (...parts: (readonly { task: TaskId; occasion: number }[])[]) => {
      for (const part of parts)
        mine.push(
          part.filter(({ task }) => task.searchId === searchId).map(({ occasion }) => occasion),
        );
      return Promise.resolve();
    };
    await tasks.dispatch(100, 60, deliver);
    await tasks.dispatch(100, 60, deliver);
    expect(mine).toEqual([[1, 1], []]);
    const { id, epoch: epochOf } = await leased(1);
    await tasks.release(id, epochOf);
    await tasks.dispatch(100, 60, deliver);
    await tasks.dispatch(100, 0, deliver);
    expect(mine.slice(2)).toEqual([[2], [], [], [1, 2]]);
    expect(await tasks.requeueShards(searchId)).toBe(2);
  });
  it('that refuses leaves everything to be said', async () => {
    const down = () => Promise.reject(new NotFoundError('queue down'));
    await expect(tasks.dispatch(100, 60, down)).rejects.toThrow('queue down');
    expect(await tasks.dispatch(100, 60, none)).toBeGreaterThanOrEqual(2);
  });
});

describe('a ranking', () => {
  const order = async () =>
    (
      await database.dataSource.query<{ n: number; score: number }[]>(
        `select param_count as n, score from candidate where search_id = $1 order by score desc, macs, id`,
        [searchId],
      )
    ).map(({ n, score }) => [n, score]);

  beforeEach(async () => {
    const { id, epoch: mine } = await leased(1);
    await scoring.record(id, mine, proxies, [
      scored(1, 3, 10),
      scored(2, null, 40),
      scored(3, 1, 20),
      scored(4, 1, 30),
    ]);
  });
  it('by one proxy puts failures last, and turns round where less is better', async () => {
    await scoring.rank(searchId, epoch, 'proxy', [{ position: 0, direction: 'maximize' }]);
    expect(await order()).toEqual([[1, 3], [3, 1], [4, 1], [2, -Number.MAX_VALUE]]); // prettier-ignore
    await scoring.rank(searchId, epoch, 'proxy', [{ position: 1, direction: 'minimize' }]);
    expect(await order()).toEqual([[1, -10], [3, -20], [4, -30], [2, -40]]); // prettier-ignore
  });
  it('by several takes their ranks, ties sharing a place', async () => {
    const both = [0, 1].map((position) => ({ position, direction: 'maximize' as const }));
    await scoring.rank(searchId, epoch, 'mean-rank', both);
    // snip ranks 4, 1, 2.5, 2.5; synflow 1, 4, 2, 3
    expect(await order()).toEqual([[4, 2.75], [1, 2.5], [2, 2.5], [3, 2.25]]); // prettier-ignore
    await scoring.rank(searchId, epoch, 'log-rank', both);
    const logs = [[4, (2.5 * 3) / 16], [3, (2.5 * 2) / 16], [1, 4 / 16], [2, 4 / 16]] as const; // prettier-ignore
    const found = await order();
    expect(found.map(([n]) => n)).toEqual(logs.map(([n]) => n));
    logs.forEach(([, product], at) => expect(found[at]![1]).toBeCloseTo(Math.log(product), 12));
  });
  it('that is made elsewhere is stored as a whole, by the lease alone', async () => {
    const rows = await scoring.scoreRows(searchId);
    expect(rows.map(({ scores }) => scores)).toEqual([[3, 10], [null, 40], [1, 20], [1, 30]]); // prettier-ignore
    const ids = rows.map(({ id }) => id);
    await scoring.setScores(searchId, epoch, ids, Float64Array.of(-3, 1, 3, -1));
    expect(await order()).toEqual([[3, 3], [2, 1], [4, -1], [1, -3]]); // prettier-ignore
    const late = scoring.setScores(searchId, epoch + 1, ids, Float64Array.of(0, 0, 0, 0));
    await expect(late).rejects.toThrow(LeaseLostError);
  });
});

describe('a predictor that ends', () => {
  const fitted = { state: 'succeeded', result: { picked: 'macs' } } as const;
  const report = { kind: 'report', payload: { seed: 0, resamples: 2 } } as const;

  async function fitting(): Promise<TaskLease> {
    const { number } = await tasks.add(searchId, 'predict', { name: 'macs', seed: 0 });
    return (await tasks.lease({ searchId, kind: 'predict', number }, 'worker', 60))!;
  }

  it('leaves its report behind in the same transaction', async () => {
    const { id, epoch: mine } = await fitting();
    await tasks.finish(id, mine, fitted, report);
    expect(await tasks.get(id)).toMatchObject(fitted);
    expect(await tasks.list(searchId, 'report')).toMatchObject([{ number: 1, state: 'queued' }]);
  });
  it('leaves none where the lease is lost, and has not ended where there can be none', async () => {
    const { id, epoch: mine } = await fitting();
    await expect(tasks.finish(id, mine + 1, fitted, report)).rejects.toThrow(LeaseLostError);
    expect(await tasks.list(searchId, 'report')).toEqual([]);
    const impossible = { ...report, kind: 'no kind of task' as 'report' };
    await expect(tasks.finish(id, mine, fitted, impossible)).rejects.toThrow();
    expect(await tasks.get(id)).toMatchObject({ state: 'leased', result: null });
  });
});

describe('labels', () => {
  const label = (n: number, accuracy: number, key = n) => ({
    key: idOf(key),
    candidateId: idOf(n),
    architecture: `cell ${n}`,
    accuracy,
  });
  it('are put once, changed by another value, and averaged over names of one network', async () => {
    const first = [label(1, 0.5), label(2, 0.7), label(2, 0.8, 22), label(7, 0.1)];
    expect(await labels.put(searchId, 'train', first)).toEqual({
      added: 4,
      updated: 0,
      unchanged: 0,
    });
    expect(await labels.put(searchId, 'train', [label(1, 0.5), label(2, 0.6)])).toEqual({
      added: 0,
      updated: 1,
      unchanged: 1,
    });
    expect(await labels.put(searchId, 'test', [label(1, 0.4)])).toMatchObject({ added: 1 });
    expect(await labels.counts(searchId)).toEqual({ train: 4, test: 1 });
    const { id, epoch: mine } = await leased(1);
    await scoring.record(id, mine, proxies, [scored(1, 1, 1), scored(2, 1, 1)]);
    const known = await labels.scored(searchId, 'train');
    expect(known.map(({ id: it }) => it)).toEqual([idOf(1), idOf(2)]);
    expect(known.map(({ accuracy }) => accuracy)).toEqual([0.5, expect.closeTo(0.7, 12)]);
    expect(await labels.known(searchId, [idOf(1), idOf(9)])).toEqual(new Set([idOf(1)]));
    const page = await labels.list(searchId, 2, null);
    expect(page.map(({ split, scored: has }) => [split, has])).toEqual([['test', true], ['train', true]]); // prettier-ignore
    expect(await labels.list(searchId, 9, page[1]!)).toHaveLength(3);
  });
});

describe('ranked lists', () => {
  it('are by the search’s ranking, or by a predictor, page by page', async () => {
    const { id, epoch: mine } = await leased(1);
    await scoring.record(id, mine, proxies, [
      scored(1, 3, 10),
      scored(2, null, 40),
      scored(3, 1, 20),
    ]);
    await scoring.rank(searchId, epoch, 'proxy', [{ position: 0, direction: 'maximize' }]);
    const task = await tasks.add(searchId, 'predict', { name: 'auto', seed: 0 });
    const lease = (await tasks.lease(task, 'worker', 60))!;
    const row = (n: number, value: number) => ({
      id: idOf(n),
      value,
      lower: null,
      upper: value + 0.1,
      heldOut: null,
    });
    const rows = [row(1, 0.5), row(2, 0.9), row(3, 0.5)];
    await predictions.record(lease.id, lease.epoch, rows);
    await predictions.record(lease.id, lease.epoch, [row(1, 9)]);
    expect(await predictions.of(searchId, task.number)).toEqual(rows);
    expect(await predictions.newest(searchId)).toBeNull();
    await tasks.finish(lease.id, lease.epoch, { state: 'succeeded', result: {} });
    expect(await predictions.newest(searchId)).toBe(1);

    for (const [by, expected] of [
      [{ kind: 'score' }, [1, 3, 2]],
      [{ kind: 'predictor', number: 1 }, [2, 1, 3]],
    ] as const) {
      const all = await predictions.ranked(searchId, by, 1, 10, null);
      expect(all.map(({ paramCount, rank }) => [rank, paramCount])).toEqual(
        expected.map((n, at) => [at + 1, n]),
      );
      const rest = await predictions.ranked(searchId, by, 1, 10, all[1]!);
      expect(rest).toEqual([all[2]]);
      expect(all.find(({ paramCount }) => paramCount === 2)).toMatchObject({
        score: null,
        scores: [null, 40],
        failures: ['non-finite', null],
        predictor: 1,
        value: 0.9,
        upper: 1,
      });
    }
  });
});
