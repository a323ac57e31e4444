/** @file Searches that learn from a device's latencies, over HTTP: what is refused before anything is trained. */
import { SearchEstimate } from '@sextant/contracts';
import { blockTable, garmentPathSpace as space } from '@sextant/evaluation/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });

async function imported(id: string, table: ReadonlyMap<string, number>): Promise<void> {
  const conditions = { device: id, runtime: 'a runtime 1.0' };
  await post('/v1/hardware-profiles', { id, source: 'imported', conditions, keys: 'block' });
  const rows = [...table].map(([block, ms]) => `${block},${ms}`);
  const response = await api.inject({
    method: 'POST',
    url: `/v1/hardware-profiles/${id}/tables`,
    payload: ['block,latency_ms_mean', ...rows].join('\n'),
    headers: { 'content-type': 'text/csv' },
  });
  expect(response.statusCode, response.body).toBe(201);
}

beforeAll(async () => {
  api = await startTestApi();
  const table = blockTable(space, () => 2);
  await imported('board', table);
  await imported('part', new Map([...table].filter(([block]) => !block.includes('kernel:5'))));
  await imported(
    'fast',
    blockTable(space, () => 0.01),
  );
}, 60_000);
afterAll(() => api.stop());

const request = (options: object) => ({
  dataset: 'fashion-mnist-subset',
  space,
  method: { name: 'proxyless-nas', options },
});
/** Status and the places that are at fault, of a submission and of a dry run. */
async function refused(options: object) {
  const both = [];
  for (const url of ['/v1/searches', '/v1/searches/dry-run']) {
    const response = await post(url, request(options));
    const { errors = [], detail } = response.json<{
      errors?: { pointer: string }[];
      detail?: string;
    }>();
    both.push([response.statusCode, errors.map(({ pointer }) => pointer), detail]);
  }
  expect(both[1]).toEqual(both[0]);
  return both[0];
}
const profile = '/method/options/latencyProfile';
const loss = '/method/options/latencyLoss';

describe('a search that learns from a device’s latencies', () => {
  it('is taken where the device has a table of all blocks of the space', async () => {
    const options = { latencyProfile: 'board', latencyLoss: 'mul#log' };
    const submitted = await post('/v1/searches', request(options));
    expect(submitted.statusCode, submitted.body).toBe(202);
    const estimate = await post('/v1/searches/dry-run', request(options));
    expect(SearchEstimate.parse(estimate.json())).toMatchObject({ feasible: true, candidates: 1 });
  });

  it('is refused where there is no such device, or it lacks a block', async () => {
    expect(await refused({ latencyProfile: 'none' })).toEqual([
      400,
      [profile],
      expect.stringContaining('none'),
    ]);
    expect(await refused({ latencyProfile: 'part' })).toEqual([
      400,
      [profile],
      expect.stringContaining('lacks a block'),
    ]);
  });

  it('is refused where the logarithms of its loss have no value', async () => {
    const because = expect.stringContaining('over 1') as string;
    expect(await refused({ latencyProfile: 'fast', latencyLoss: 'mul#log' })).toEqual([
      400,
      [loss],
      because,
    ]);
    // a network of less than a million MACs
    expect(await refused({ latencyLoss: 'mul#log' })).toEqual([400, [loss], because]);
  });
});
