import {
  CandidatePage,
  LabelImport,
  LabelPage,
  PredictorView,
  Problem,
  ReportList,
  ScoredPage,
  type ScoredArchitecture,
  type SearchView,
} from '@sextant/contracts';
import {
  PredictionRepository,
  ScoringRepository,
  TaskRepository,
  type TaskLease,
} from '@sextant/persistence';
import { cellAt, cellHash, formatCell } from '@sextant/search-space';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
let tasks: TaskRepository;
let scoring: ScoringRepository;
let search: SearchView;
let epoch: number;
let shard: TaskLease;

const proxies = ['snip', 'synflow'];
const indices = [1, 2, 3, 4, 5];
const ndjson = { 'content-type': 'application/x-ndjson' };
const csv = { 'content-type': 'text/csv' };

const zeroCost = {
  dataset: 'fashion-mnist-subset',
  space: 'nas-bench-201',
  method: { name: 'zero-cost', options: { proxies, architectures: 100 } },
};

const submit = (payload: object) => api.inject({ method: 'POST', url: '/v1/searches', payload });

const scored = (index: number): ScoredArchitecture => ({
  id: cellHash(cellAt(index)),
  encoding: [...cellAt(index)],
  architecture: { cell: formatCell(cellAt(index)) },
  macs: 1000 * index,
  paramCount: index,
  scores: {
    snip: index === 5 ? { value: null, failure: 'non-finite' } : { value: index, failure: null },
    synflow: { value: -index, failure: null },
  },
  nodes: {},
});

beforeAll(async () => {
  api = await startTestApi();
  tasks = new TaskRepository(api.database.dataSource);
  scoring = new ScoringRepository(api.database.dataSource);
  search = (await submit(zeroCost)).json<SearchView>();
  epoch = await api.lease(search.id);
  const plan = { requested: 5, distinct: 5, shards: [indices.map((at) => [...cellAt(at)])] };
  await scoring.storePlan(search.id, epoch, plan);
  shard = (await tasks.lease({ searchId: search.id, kind: 'score', number: 1 }, 'a test', 60))!;
  await scoring.record(shard.id, shard.epoch, proxies, indices.slice(0, 2).map(scored));
});
afterAll(() => api.stop());

const url = (path: string) => `/v1/searches/${search.id}/${path}`;
const put = (body: string, headers: Record<string, string>, query = '') =>
  api.inject({ method: 'PUT', url: url(`labels${query}`), headers, payload: body });

describe('POST /v1/searches by zero-cost', () => {
  it('is accepted with what it left out', () => {
    expect(search.spec.method).toMatchObject({
      options: { proxies, ranking: { by: 'mean-rank' }, shardSize: 256 },
    });
  });
  it.each([
    [{ proxies: ['magic'] }, '/method/options/proxies/0'],
    [{ architectures: 99_999 }, '/method/options/architectures'],
    [{ proxies, ranking: { by: 'proxy', proxy: 'magic' } }, '/method/options/proxies/2'],
  ])('with %j is refused at %s', async (options, pointer) => {
    const response = await submit({ ...zeroCost, method: { name: 'zero-cost', options } });
    expect(response.statusCode).toBe(400);
    expect(Problem.parse(response.json()).errors).toContainEqual(
      expect.objectContaining({ pointer }),
    );
  });
});

describe('GET …/scores', () => {
  const page = async (query = '') =>
    ScoredPage.parse((await api.inject(url(`scores${query}`))).json());

  it('has what is ranked so far, and then all of it', async () => {
    expect((await page()).items).toEqual([]);
    const bySnip = [{ position: 0, direction: 'maximize' as const }];
    await scoring.rank(search.id, epoch, 'proxy', bySnip);
    expect((await page()).items.map(({ paramCount }) => paramCount)).toEqual([2, 1]);
    await scoring.record(shard.id, shard.epoch, proxies, indices.map(scored));
    await scoring.rank(search.id, epoch, 'proxy', bySnip);
    const first = await page('?limit=2');
    const rest = await page(`?limit=9&cursor=${first.nextCursor}`);
    const all = [...first.items, ...rest.items];
    expect(all.map(({ paramCount, rank }) => [rank, paramCount])).toEqual([
      [1, 4],
      [2, 3],
      [3, 2],
      [4, 1],
      [5, 5], // prettier-ignore
    ]);
    expect(rest.nextCursor).toBeNull();
    expect(all.at(-1)).toMatchObject({
      score: null,
      proxies: { snip: { value: null, failure: 'non-finite' }, synflow: { value: -5 } },
      predicted: null,
    });
  });

  it('orders GET …/candidates too, as long as nothing better is known', async () => {
    const first = await api.inject(url('candidates?limit=2'));
    const { items, nextCursor } = CandidatePage.parse(first.json());
    const rest = await api.inject(url(`candidates?limit=9&cursor=${nextCursor}`));
    const all = [...items, ...CandidatePage.parse(rest.json()).items];
    expect(all.map(({ paramCount, rank }) => [rank, paramCount])).toEqual([
      [1, 4],
      [2, 3],
      [3, 2],
      [4, 1],
      [5, 5], // prettier-ignore
    ]);
  });

  it('by predictions needs a predictor', async () => {
    for (const query of ['?rankBy=predicted', '?predictor=3']) {
      expect((await api.inject(url(`scores${query}`))).json()).toMatchObject({ status: 404 });
    }
  });

  it('belongs to zero-cost searches', async () => {
    const other = (await submit(request)).json<SearchView>();
    const response = await api.inject(`${other.links.self}/scores`);
    expect(response.json()).toMatchObject({ status: 409, code: 'conflict' });
  });
});

describe('PUT …/labels', () => {
  it('stores usable rows, counts the others with their reasons, and is idempotent', async () => {
    const body = [
      { architecture: formatCell(cellAt(1)), accuracy: 0.5 },
      { index: 2, accuracy: 0.6 },
      { candidate: cellHash(cellAt(3)), accuracy: 0.7 },
      { candidate: '0'.repeat(32), accuracy: 0.7 },
      { index: 99_999, accuracy: 0.7 },
      { index: 4, accuracy: 70 },
    ];
    const text = `${body.map((row) => JSON.stringify(row)).join('\n')}\nnot json\n`;
    const first = LabelImport.parse((await put(text, ndjson)).json());
    expect(first).toMatchObject({
      rows: 7,
      added: 3,
      refused: 4,
      refusedBy: { 'unknown-candidate': 1, 'not-in-space': 1, 'out-of-range': 1, malformed: 1 },
      labels: { train: 3, test: 0 },
    });
    expect(first.refusals.map(({ line }) => line)).toEqual([4, 5, 6, 7]);
    const again = LabelImport.parse((await put(text, ndjson)).json());
    expect(again).toMatchObject({ added: 0, updated: 0, unchanged: 3, labels: { train: 3 } });
  });

  it('takes CSV, in per cent, for comparing only', async () => {
    const text = `index,accuracy\n1,51.5\n5,60\n`;
    const { added, labels } = LabelImport.parse(
      (await put(text, csv, '?split=test&unit=percent')).json(),
    );
    expect([added, labels]).toEqual([2, { train: 3, test: 2 }]);
    const page = LabelPage.parse((await api.inject(url('labels?limit=2'))).json());
    expect(page.items.map(({ split }) => split)).toEqual(['test', 'test']);
    expect(page.items.map(({ accuracy }) => accuracy).sort()).toEqual([0.515, 0.6]);
    expect(page.nextCursor).not.toBeNull();
  });

  it('of which no row can be used is refused, with the reasons', async () => {
    const response = await put('architecture,accuracy\nnothing,0.5\n', csv);
    expect(response.statusCode).toBe(400);
    expect(Problem.parse(response.json()).errors?.[0]?.message).toContain('not-in-space');
  });

  it('is a table', async () => {
    const response = await put('{}', { 'content-type': 'application/json' });
    expect(response.statusCode).toBe(415);
  });
});

describe('predictors and reports', () => {
  const post = (path: string, payload?: object) =>
    api.inject({ method: 'POST', url: url(path), ...(payload ? { payload } : {}) });

  it('are accepted once there are labels, and wait for a worker', async () => {
    const response = await post('predictors', { name: 'auto', seed: 4 });
    expect(response.statusCode).toBe(202);
    const predictor = PredictorView.parse(response.json());
    expect(predictor).toMatchObject({ number: 1, state: 'queued', seed: 4, pollAfterMs: 1000 });
    expect(response.headers.location).toBe(predictor.links.self);
    expect((await api.inject(predictor.links.self)).json()).toEqual(predictor);
    expect((await post('reports')).json()).toMatchObject({ number: 1, state: 'queued' });
    const { items } = ReportList.parse((await api.inject(url('reports'))).json());
    expect(items).toHaveLength(1);
  });

  it('rank the architectures once a worker has fitted them', async () => {
    const lease = (await tasks.lease(
      { searchId: search.id, kind: 'predict', number: 1 },
      'x',
      60,
    ))!;
    const rows = indices.map((index) => ({
      id: cellHash(cellAt(index)),
      value: index === 3 ? 0.9 : 0.1 * index,
      lower: 0,
      upper: 1,
      heldOut: null,
    }));
    const predictions = new PredictionRepository(api.database.dataSource);
    await predictions.record(lease.id, lease.epoch, rows);
    const result = {
      picked: 'rank-mean',
      why: 'few labels',
      compared: [],
      labels: 3,
      intervalLevel: null,
      predicted: 5,
      seconds: 1,
    };
    await tasks.finish(lease.id, lease.epoch, { state: 'succeeded', result });
    const { items } = ScoredPage.parse((await api.inject(url('scores?rankBy=predicted'))).json());
    expect(items.map(({ paramCount }) => paramCount)).toEqual([3, 5, 4, 2, 1]);
    expect(items[0]).toMatchObject({
      rank: 1,
      predicted: { value: 0.9, lower: 0, upper: 1, predictor: 1, evidence: 'predicted' },
    });
    const view = PredictorView.parse((await api.inject(url('predictors/1'))).json());
    expect(view).toMatchObject({
      state: 'succeeded',
      result: { picked: 'rank-mean' },
      pollAfterMs: 0,
    });
  });

  it('are refused where there is nothing to learn from, or the name is none', async () => {
    const fresh = (await submit(zeroCost)).json<SearchView>();
    const response = await api.inject({
      method: 'POST',
      url: `${fresh.links.self}/predictors`,
      payload: {},
    });
    expect(response.json()).toMatchObject({ status: 409, code: 'conflict' });
    expect((await post('predictors', { name: 'oracle' })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/name' }],
    });
    for (const number of ['9', 'x'])
      expect((await api.inject(url(`predictors/${number}`))).statusCode).toBe(404);
  });
});
