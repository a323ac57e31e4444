import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import { SearchEstimate, type DeviceEstimate } from '@sextant/contracts';
import { accuracyCsv, hardwareCsv, syntheticCells } from '@sextant/evaluation/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAccuracies, importDevice } from '../../testing/benchmark-imports';
import { evaluated, request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

const cells = syntheticCells(50);
const type = 'text/csv';
let api: TestApi;

beforeAll(async () => {
  const [memoryChild, fitChild] = await Promise.all([
    bundleChild(path.join(import.meta.dirname, 'estimate-memory.child.ts')),
    bundleChild(
      path.join(import.meta.dirname, '../hardware-profiles/fit-cost-model.child.ts'),
      'fit-for-estimates',
    ),
  ]);
  api = await startTestApi((url) => url, { memoryChild, fitChild });
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
/** A device of which 30 networks of the space are measured: 1 ms, and 1 ms for every million MACs. */
async function fittedTo(id: string): Promise<void> {
  const { id: searchId } = (await post('/v1/searches', request)).json<{ id: string }>();
  const measured = Array.from({ length: 30 }, (_, at) => evaluated(at, 0.9));
  const distinct = [...new Map(measured.map((it) => [it.id, it])).values()];
  await api.candidates.record(searchId, await api.lease(searchId), distinct);
  const conditions = { device: id, runtime: 'a runtime' };
  await post('/v1/hardware-profiles', { id, source: 'imported', conditions });
  const rows = distinct.map((it) => `${it.id},${1 + it.macs / 1e6}`);
  await api.inject({
    method: 'POST',
    url: `/v1/hardware-profiles/${id}/tables`,
    payload: ['key,latencyMs', ...rows].join('\n'),
    headers: { 'content-type': type },
  });
  const fitted = await post(`/v1/hardware-profiles/${id}/models`, { searchId });
  expect(fitted.statusCode, fitted.body).toBe(201);
}

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
    expect(estimate).toMatchObject({ feasible: true, candidates: 48, references: 0, devices: [] });
    expect(estimate.seconds.phases['training']).toBeGreaterThan(
      estimate.seconds.phases['testing']!,
    );
  });

  it('says how much memory training would take at most', async () => {
    const { memoryBytes } = await dryRun(request);
    expect(memoryBytes).toBeGreaterThan(200 * 2 ** 20);
    expect(memoryBytes).toBeLessThan(2 * 2 ** 30);
    const options = { batchSize: 256 };
    const more = await dryRun({ ...request, method: { name: 'big-nas', options } });
    expect(more.memoryBytes).toBeGreaterThan(memoryBytes!);
  }, 120_000);

  it('says what devices say: rows of a table, predictions of a model', async () => {
    const known = cells.flatMap(({ latencyMs }) => latencyMs ?? []);
    const [ofTable] = (await dryRun(search(within(3)))).devices;
    expect(ofTable).toMatchObject({
      cost: 'latencyMs@board',
      how: 'table',
      architectures: known.length,
      smallest: Math.min(...known),
      largest: Math.max(...known),
    });
    await fittedTo('phone');
    const { devices } = await dryRun({ ...request, hardware: ['phone'] });
    expect(devices).toMatchObject([{ cost: 'latencyMs@phone', how: 'model', architectures: 64 }]);
    const [{ smallest, median, largest, meanAbsolutePercentageError }] = devices as [
      DeviceEstimate,
    ];
    // 1 ms and 1 ms for every million MACs, of 64 networks of the space
    expect(smallest).toBeGreaterThan(0.5);
    expect(median).toBeGreaterThan(smallest);
    expect(largest).toBeGreaterThan(median);
    expect(meanAbsolutePercentageError).toBeLessThan(0.3);
  }, 120_000);

  it('counts the networks that a zero-cost search would score, and their time', async () => {
    const method = (options: object) => ({ name: 'zero-cost', options });
    const base = { dataset: 'fashion-mnist-subset', space: 'nas-bench-201' };
    const all = { architectures: 'all' };
    const estimate = await dryRun({ ...base, method: method(all) });
    expect(estimate).toMatchObject({
      feasible: true,
      candidates: 6466,
      trainings: 0,
      memoryBytes: null,
    });
    const one = await dryRun({ ...base, method: method({ ...all, proxies: ['synflow'] }) });
    expect(one.seconds.expected).toBeLessThan(estimate.seconds.expected);
    const limited = { ...all, limits: { 'latencyMs@board': 0.0001 } };
    expect(await dryRun({ ...base, method: method(limited) })).toMatchObject({
      feasible: false,
      candidates: 0,
      limits: [{ cost: 'latencyMs@board', fits: false }],
    });
  }, 60_000);

  it('refuses what could not be submitted', async () => {
    const response = await post('/v1/searches/dry-run', { ...request, space: 'nowhere' });
    expect(response.json()).toMatchObject({ status: 422, code: 'invalid-search-space' });
  });
});
