/** @file Queries to hardware profiles about a search, over HTTP, with the test as the measuring agent. */
import {
  CreatedAgentKey,
  HardwareQueryView,
  LeasedMeasurement,
  MeasurementRequestView,
  type CandidateCost,
  type QueryAnswer,
} from '@sextant/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evaluated, request } from '../../testing/fixtures';
import { signed } from '../../testing/signed';
import { startTestApi, type TestApi } from '../../testing/test-api';

const root = '/v1/hardware-profiles';
const conditions = { device: 'a board', runtime: 'a runtime 1.0', threads: 1 };
const accuracies = [0.95, 0.9, 0.85, 0.8, 0.75];
const accuracyWithout = 0.99;

let api: TestApi;
let searchId: string;
/** Most accurate first, each with a model; and one before them all that has none. */
let ids: string[];
let without: string;
let device: { readonly profile: string; readonly token: string };
let profiles = 0;

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  api.inject({ method: 'POST', url, payload, headers });

beforeAll(async () => {
  api = await startTestApi();
  searchId = (await post('/v1/searches', request)).json<{ id: string }>().id;
  const epoch = await api.lease(searchId);
  const model = await api.artifacts.put(new TextEncoder().encode('not quite a model'));
  const candidates = accuracies.map((accuracy, at) => evaluated(at, accuracy, 1, model));
  const bare = evaluated(accuracies.length, accuracyWithout, 1);
  await api.candidates.record(searchId, epoch, [...candidates, bare]);
  ids = candidates.map(({ id }) => id);
  without = bare.id;
});
afterAll(() => api.stop());

beforeEach(async () => {
  const profile = `board-${profiles++}`;
  await post(root, { id: profile, source: 'agent', conditions });
  const response = await post(`${root}/${profile}/agent-keys`, { name: 'a test' });
  device = { profile, token: CreatedAgentKey.parse(response.json()).token };
});

type Known = Readonly<Record<number, number>>;

const cost = (
  candidateId: string,
  value: number,
  evidence: CandidateCost['evidence'],
): CandidateCost => ({
  candidateId,
  cost: `latencyMs@${device.profile}`,
  value,
  lower: value * 0.9,
  upper: value * 1.1,
  evidence,
  n: evidence === 'measured' ? 50 : 0,
  conditions: { batch: 1 },
});

/** Latencies by place in `ids`. */
const know = (evidence: CandidateCost['evidence'], known: Known) =>
  api.candidates.recordCosts(
    searchId,
    null,
    Object.entries(known).map(([at, value]) => cost(ids[Number(at)]!, value, evidence)),
  );

const queries = () => `${root}/${device.profile}/queries`;
const ask = (body: object, headers: Record<string, string> = {}) =>
  post(queries(), { searchId, limits: { latencyMs: 10 }, ...body }, headers);

async function answered(body: object): Promise<QueryAnswer> {
  const response = await ask(body);
  expect(response.statusCode).toBe(201);
  const { answer, state } = HardwareQueryView.parse(response.json());
  expect(state).toBe('answered');
  return answer!;
}

async function waits(body: object): Promise<HardwareQueryView> {
  const response = await ask(body);
  expect(response.statusCode).toBe(202);
  const query = HardwareQueryView.parse(response.json());
  expect(query).toMatchObject({ state: 'measuring', answer: null, pollAfterMs: 2000 });
  expect(response.headers).toMatchObject({ location: query.links.self, 'retry-after': '2' });
  return query;
}

const poll = async ({ links }: HardwareQueryView) =>
  HardwareQueryView.parse((await api.inject(links.self)).json());

const lease = async () => {
  const path = `${root}/${device.profile}/measurement-tasks/lease`;
  const response = await signed(api, path, { conditions }, { token: device.token });
  return LeasedMeasurement.parse(response.json()).task;
};

async function settle(task: NonNullable<Awaited<ReturnType<typeof lease>>>, result: object) {
  const path = `${root}/${device.profile}/measurement-tasks/${task.id}/result`;
  const body = { leaseEpoch: task.leaseEpoch, ...result };
  const response = await signed(api, path, body, { token: device.token });
  expect(response.statusCode).toBe(204);
}

/** Measures all that waits, as an agent would. @returns places in `ids` that it was given */
async function measureAll(latencies: Known): Promise<number[]> {
  const given: number[] = [];
  for (let task = await lease(); task !== null; task = await lease()) {
    const at = ids.indexOf(task.candidateId);
    given.push(at);
    const value = latencies[at]!;
    await settle(task, {
      outcome: 'measured',
      latencyMs: { value, p10: value * 0.95, p90: value * 1.1, n: 100 },
      medians: [value],
      measuredAt: new Date().toISOString(),
    });
  }
  return given;
}

const bestOf = (answer: QueryAnswer | null) => (answer?.feasible ? answer.best : null);

describe('a query about a search', () => {
  it('is answered at once where nothing better could be measured to fit', async () => {
    await know('measured', { 0: 20, 1: 12, 2: 8, 3: 5 });
    const answer = await answered({ finalists: 2 });
    expect(answer).toMatchObject({
      feasible: true,
      evidence: 'measured',
      feasibleCount: 2,
      evaluatedCount: accuracies.length + 1,
      best: {
        id: ids[2],
        rank: 4,
        accuracy: { value: 0.85, split: 'validation' },
        costs: { latencyMs: { value: 8, evidence: 'measured', conditions: { batch: 1 } } },
        candidate: `/v1/searches/${searchId}/candidates/${ids[2]}`,
      },
      finalists: [{ id: ids[2] }, { id: ids[3] }],
      neighbours: { slower: { id: ids[1] }, faster: { id: ids[3] } },
    });
    expect(answer).not.toHaveProperty('hint');
  });

  it('keeps limits of MACs, parameters and accuracy beside it', async () => {
    await know('measured', { 0: 2, 1: 2, 2: 2, 3: 2, 4: 2 });
    const sizes = accuracies.map((accuracy, at) => evaluated(at, accuracy));
    const least = Math.min(...sizes.map(({ macs }) => macs));
    const limits = { latencyMs: 10, macs: least };
    const smallest = sizes.find(({ macs }) => macs === least)!;
    expect(bestOf(await answered({ limits }))?.id).toBe(smallest.id);
    expect(await answered({ minAccuracy: 0.951 })).toMatchObject({
      feasible: false,
      highestAccuracy: accuracyWithout,
    });
  });

  it('has the finalists measured first, and then answers by measurement', async () => {
    await know('predicted', { 0: 9, 1: 8, 2: 7, 3: 30, 4: 30 });
    const query = await waits({ finalists: 2 });
    expect(await poll(query)).toEqual(query);
    expect(await measureAll({ 0: 9.5, 1: 7 })).toEqual([0, 1]);
    const after = await poll(query);
    expect(after).toMatchObject({
      state: 'answered',
      pollAfterMs: 0,
      answer: { feasible: true, evidence: 'measured', best: { id: ids[0] } },
    });
    expect(bestOf(after.answer)?.costs['latencyMs']).toMatchObject({
      value: 9.5,
      lower: 9.5 * 0.95,
      evidence: 'measured',
      conditions: { device: 'a board', version: 1 },
    });
    expect(await poll(query)).toEqual(after);
  });

  it('never answers what was predicted to fit and is measured not to: the next are measured', async () => {
    await know('predicted', { 0: 9, 1: 8, 2: 7, 3: 6 });
    const query = await waits({ finalists: 2 });
    expect(await measureAll({ 0: 11, 1: 10.5 })).toEqual([0, 1]);
    expect(await poll(query)).toMatchObject({ state: 'measuring' });
    expect(await measureAll({ 2: 9, 3: 6 })).toEqual([2, 3]);
    const { answer } = await poll(query);
    expect(bestOf(answer)?.id).toBe(ids[2]);
    expect(answer).toMatchObject({ neighbours: { slower: { id: ids[1] } } });
  });

  it('measures where nothing is known, and only what is better than the best that fits', async () => {
    await know('measured', { 2: 9 });
    const query = await waits({});
    expect(await measureAll({ 0: 12, 1: 13 })).toEqual([0, 1]);
    expect(bestOf((await poll(query)).answer)?.id).toBe(ids[2]);
  });

  it('waits for measurements that somebody else has asked for', async () => {
    const others = { searchId, candidateIds: [ids[0]] };
    const response = await post(`${root}/${device.profile}/measurement-requests`, others);
    MeasurementRequestView.parse(response.json());
    const query = await waits({ finalists: 1 });
    expect(await measureAll({ 0: 5 })).toEqual([0]);
    expect(bestOf((await poll(query)).answer)?.id).toBe(ids[0]);
  });

  it('goes on without what cannot be measured', async () => {
    await know('predicted', { 0: 9, 1: 30, 2: 30, 3: 30 });
    await know('measured', { 4: 3 });
    const query = await waits({});
    for (let task = await lease(); task !== null; task = await lease()) {
      await settle(task, { outcome: 'failed', error: { code: 'too-noisy', message: 'noise' } });
    }
    expect(bestOf((await poll(query)).answer)?.id).toBe(ids[4]);
  });

  it('answers after five rounds from what is measured, and says that better ones are not', async () => {
    await know('predicted', { 0: 9, 1: 9, 2: 9, 3: 9, 4: 9 });
    const query = await waits({ finalists: 1 });
    await api.database.dataSource.query(`update hardware_query set rounds = 5 where id = $1`, [
      query.id,
    ]);
    expect(await poll(query)).toMatchObject({ state: 'measuring' });
    await measureAll({ 0: 11 });
    expect((await poll(query)).answer).toMatchObject({
      feasible: false,
      smallest: { latencyMs: 11 },
      hint: expect.stringContaining('not measured yet'),
    });
  });

  it('says that nothing fits, with the smallest that was measured', async () => {
    const query = await waits({ limits: { latencyMs: 2 } });
    await measureAll({ 0: 9, 1: 8, 2: 7, 3: 6, 4: 2.5 });
    expect((await poll(query)).answer).toMatchObject({
      feasible: false,
      evaluatedCount: accuracies.length + 1,
      smallest: { latencyMs: 2.5 },
      hint: expect.stringContaining('by measurement'),
    });
  });

  it('answers from predictions where it is told not to measure, and says so', async () => {
    await know('predicted', { 0: 9, 1: 8 });
    await know('measured', { 2: 5 });
    const predicted = await answered({ measure: false });
    expect(predicted).toMatchObject({ evidence: 'predicted', feasibleCount: 3 });
    expect(bestOf(predicted)).toMatchObject({
      id: ids[0],
      costs: { latencyMs: { value: 9, lower: 8.1, evidence: 'predicted' } },
    });
    expect(await lease()).toBeNull();
    const measured = await answered({ measure: false, limits: { latencyMs: 7 } });
    expect(measured).toMatchObject({ evidence: 'measured', best: { id: ids[2] } });
  });

  it('never takes a candidate without a model for measured', async () => {
    await api.candidates.recordCosts(searchId, null, [cost(without, 1, 'predicted')]);
    await know('measured', { 0: 20, 1: 20, 2: 20, 3: 20, 4: 4 });
    expect(bestOf(await answered({}))?.id).toBe(ids[4]);
    expect(bestOf(await answered({ measure: false }))?.id).toBe(without);
  });

  it('is the same query under the same key, also while it waits', async () => {
    const headers = { 'idempotency-key': 'search-again' };
    const [first, second] = [await ask({}, headers), await ask({ finalists: 5 }, headers)];
    expect([first.statusCode, second.statusCode]).toEqual([202, 202]);
    expect(second.json()).toEqual(first.json());
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await measureAll({ 0: 5, 1: 5, 2: 5, 3: 5, 4: 5 })).toEqual([0, 1, 2, 3, 4]);
    const third = await ask({}, headers);
    expect(third.statusCode).toBe(201);
    expect(third.json()).toMatchObject({ id: first.json<{ id: string }>().id, state: 'answered' });
  });

  it('of no search is 404', async () => {
    const response = await ask({ searchId: '0198c0de-0000-7000-8000-000000000000' });
    expect(response.json()).toMatchObject({ status: 404, code: 'not-found' });
  });
});
