import { SearchEstimate } from '@sextant/contracts';
import { accuracyCsv, hardwareCsv, syntheticCells } from '@sextant/evaluation/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAccuracies, importDevice } from '../../testing/benchmark-imports';
import { request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

const cells = syntheticCells(50);
const type = 'text/csv';
let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
  await importAccuracies(api, 'made-up', { content: accuracyCsv(cells), type });
  await importDevice(api, 'board', { content: hardwareCsv(cells), type });
}, 120_000);
afterAll(() => api.stop());

const search = (options: object, rest: object = {}) => ({
  dataset: 'cifar10',
  space: 'nas-bench-201',
  method: {
    name: 'benchmark',
    options: { benchmark: 'made-up', strategy: 'random-search', ...options },
  },
  ...rest,
});

const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });
const within = (limit: number) => ({ limits: { 'latencyMs@board': limit } });

describe('a search by benchmark', () => {
  it('is accepted where its table, columns, device and limits are', async () => {
    const response = await post('/v1/searches', search(within(3)));
    expect(response.statusCode).toBe(202);
  });

  it.each([
    ['no such benchmark', { benchmark: 'nowhere' }, 400, '/method/options/benchmark'],
    ['no such column', { select: 'c10_val_12' }, 400, '/method/options/select'],
    ['no such device', { limits: { 'latencyMs@nowhere': 1 } }, 400, '/method/options'],
    ['no such numbers', { costs: ['memoryBytes@board'] }, 400, '/method/options'],
    ['no such strategy', { strategy: 'luck' }, 400, '/method/options/strategy'],
  ])('is refused: %s', async (_, options, status, pointer) => {
    const response = await post('/v1/searches', search(options));
    expect(response.json()).toMatchObject({
      status,
      errors: [expect.objectContaining({ pointer })],
    });
  });

  it('is refused as infeasible where nothing in the table fits, naming the smallest', async () => {
    const least = Math.min(...cells.flatMap(({ latencyMs }) => latencyMs ?? []));
    const response = await post('/v1/searches', search(within(least / 2)));
    expect(response.json()).toMatchObject({
      status: 422,
      code: 'infeasible-constraint',
      detail: expect.stringContaining(String(least)),
    });
  });
});

describe('POST /v1/searches/dry-run', () => {
  const dryRun = async (spec: object) => {
    const response = await post('/v1/searches/dry-run', spec);
    expect(response.statusCode).toBe(200);
    return SearchEstimate.parse(response.json());
  };

  it('counts what of a table fits, and what the search would spend', async () => {
    const fitting = cells.filter(({ latencyMs }) => latencyMs !== null && latencyMs <= 3);
    expect(await dryRun(search({ ...within(3), trainings: 20 }))).toMatchObject({
      feasible: true,
      fitting: fitting.length,
      trainings: 20,
      measurements: 100,
      limits: [{ cost: 'latencyMs@board', limit: 3, fits: true }],
    });
  });

  it('answers that limits cannot be met, and starts nothing', async () => {
    const before = (await api.inject('/v1/searches')).json<{ items: unknown[] }>().items.length;
    expect(await dryRun(search(within(0.001)))).toMatchObject({ feasible: false, fitting: 0 });
    expect(await dryRun({ ...request, constraints: { maxMacs: 10 } })).toMatchObject({
      feasible: false,
      limits: [{ cost: 'macs', fits: false }],
    });
    const after = (await api.inject('/v1/searches')).json<{ items: unknown[] }>().items.length;
    expect(after).toBe(before);
  });

  it('says how long training would take and where it knows from', async () => {
    const estimate = await dryRun(request);
    expect(estimate).toMatchObject({ feasible: true, candidates: 48, references: 0 });
    expect(estimate.seconds.phases['training']).toBeGreaterThan(
      estimate.seconds.phases['testing']!,
    );
  });

  it('refuses what could not be submitted', async () => {
    const response = await post('/v1/searches/dry-run', { ...request, space: 'nowhere' });
    expect(response.json()).toMatchObject({ status: 422, code: 'invalid-search-space' });
  });
});
