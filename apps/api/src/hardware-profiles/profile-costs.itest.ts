/** @file Tables of a device and the candidates of a search: exact rows, sums of blocks, and how each is said to be known. */
import {
  BestView,
  HardwareProfileDetail,
  HardwareQueryView,
  RecordedProfileCosts,
  type EvaluatedCandidate,
  type SearchView,
} from '@sextant/contracts';
import {
  canonicalHash,
  encode,
  macs,
  maxArchitecture,
  minArchitecture,
  paramCount,
  searchSpaces,
  type Architecture,
} from '@sextant/search-space';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluated, request } from '../../testing/fixtures';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
let search: SearchView;
const space = searchSpaces['mbconv-fashion-mnist-v1'];

const candidateOf = (architecture: Architecture, accuracy: number): EvaluatedCandidate => ({
  ...evaluated(0, accuracy),
  id: canonicalHash(space, architecture),
  encoding: [...encode(space, architecture)],
  architecture: JSON.parse(JSON.stringify(architecture)) as EvaluatedCandidate['architecture'],
  macs: macs(space, architecture),
  paramCount: paramCount(space, architecture),
});
const smallest = candidateOf(minArchitecture(space), 0.8);
const largest = candidateOf(maxArchitecture(space), 0.9);

const root = '/v1/hardware-profiles';
const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });

async function imported(id: string, csv: string, query = '', rest: object = {}): Promise<void> {
  const conditions = { device: id, runtime: 'a runtime 1.0' };
  await post(root, { id, source: 'imported', conditions, ...rest });
  const headers = { 'content-type': 'text/csv' };
  const url = `${root}/${id}/tables${query}`;
  const response = await api.inject({ method: 'POST', url, payload: csv, headers });
  expect(response.statusCode, response.body).toBe(201);
}

async function recorded(id: string): Promise<RecordedProfileCosts['recorded']> {
  const response = await post(`${root}/${id}/costs`, { searchId: search.id });
  expect(response.statusCode, response.body).toBe(200);
  return RecordedProfileCosts.parse(response.json()).recorded;
}

const best = async (query: string): Promise<BestView> =>
  BestView.parse((await api.inject(`${search.links.best}?${query}`)).json());

beforeAll(async () => {
  api = await startTestApi();
  search = (await post('/v1/searches', request)).json<SearchView>();
  const epoch = await api.lease(search.id);
  await api.candidates.record(search.id, epoch, [smallest, largest]);
}, 60_000);
afterAll(() => api.stop());

describe('POST /v1/hardware-profiles/:profile/costs', () => {
  it('records the row of a network as measured, once, with its spread', async () => {
    await imported('board', `key,latencyMs,p10,p90,n\n${largest.id},8,7,9,50`);
    const cost = 'latencyMs@board';
    expect(await recorded('board')).toEqual([{ cost, rows: 1, sums: 0, unknown: 1 }]);
    expect(await recorded('board')).toEqual([{ cost, rows: 0, sums: 0, unknown: 1 }]);
    expect(await best('hardware=board&maxLatencyMs=8')).toMatchObject({
      feasible: true,
      candidate: { id: largest.id },
      latency: { value: 8, lower: 7, upper: 9, n: 50, evidence: 'measured' },
    });
  });

  it('adds up the blocks of a network as a prediction, which keeps no limit unless asked for', async () => {
    const block = 'expanded_conv-input:';
    const csv = [
      'block,latency_ms_mean',
      'Conv-input:20x20x1-output:10x10x8,1',
      `${block}10x10x8-output:10x10x12-expand:2-kernel:3-stride:1-idskip:0,2`,
      `${block}10x10x12-output:5x5x20-expand:2-kernel:3-stride:2-idskip:0,4`,
      `${block}5x5x20-output:3x3x40-expand:2-kernel:3-stride:2-idskip:0,8`,
      'Logits-input:3x3x40-output:10,16',
    ].join('\n');
    await imported('blocks', csv, '', { keys: 'block' });
    const cost = 'latencyMs@blocks';
    expect(await recorded('blocks')).toEqual([{ cost, rows: 0, sums: 1, unknown: 1 }]);
    expect(await best('hardware=blocks&maxLatencyMs=31')).toMatchObject({ feasible: false });
    expect(await best('hardware=blocks&maxLatencyMs=31&evidence=any')).toMatchObject({
      feasible: true,
      candidate: { id: smallest.id },
      latency: {
        value: 31,
        evidence: 'predicted',
        conditions: { model: 'block-table', level: null, version: 1 },
      },
    });
  });

  it('calls the values of a simulator simulated; they keep limits all the same', async () => {
    await imported('tool', `key,latencyMs\n${largest.id},3\n${smallest.id},1`, '?origin=simulator');
    const { current } = HardwareProfileDetail.parse((await api.inject(`${root}/tool`)).json());
    expect(current.conditions).toMatchObject({ origin: 'simulator' });
    // the query itself takes what the table has
    const response = await post(`${root}/tool/queries`, {
      searchId: search.id,
      limits: { latencyMs: 2 },
    });
    expect(response.statusCode, response.body).toBe(201);
    expect(HardwareQueryView.parse(response.json()).answer).toMatchObject({
      feasible: true,
      evidence: 'simulated',
      best: { id: smallest.id, costs: { latencyMs: { value: 1, evidence: 'simulated' } } },
    });
    expect(await best('hardware=tool&maxLatencyMs=3')).toMatchObject({
      candidate: { id: largest.id },
      latency: { evidence: 'simulated' },
    });
    // and a device's own measurement replaces them
    const measured = { value: 4, lower: 4, upper: 4, n: 50, conditions: {} };
    await api.candidates.recordCosts(search.id, null, [
      { candidateId: largest.id, cost: 'latencyMs@tool', evidence: 'measured', ...measured },
    ]);
    expect(await best('hardware=tool&maxLatencyMs=3')).toMatchObject({
      candidate: { id: smallest.id },
    });
  });

  it('refuses devices and searches that are not there', async () => {
    expect((await post(`${root}/nobody/costs`, { searchId: search.id })).statusCode).toBe(404);
    const searchId = '0198c0de-0000-7000-8000-000000000000';
    expect((await post(`${root}/board/costs`, { searchId })).statusCode).toBe(404);
    expect((await post('/v1/searches', { ...request, hardware: ['nobody'] })).json()).toMatchObject(
      {
        status: 400,
        errors: [{ pointer: '/hardware/0' }],
      },
    );
  });
});
