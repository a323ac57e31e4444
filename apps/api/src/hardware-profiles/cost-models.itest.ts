import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import { FittedHardwareModel, HardwareProfileDetail, LeasedMeasurement } from '@sextant/contracts';
import {
  cellAt,
  cellMacs,
  macs,
  sample,
  searchSpaces,
  canonicalHash,
  encode,
  paramCount,
} from '@sextant/search-space';
import { rng } from '@sextant/common';
import type { EvaluatedCandidate } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request as search } from '../../testing/fixtures';
import { signed } from '../../testing/signed';
import { startTestApi, type TestApi } from '../../testing/test-api';

let api: TestApi;
beforeAll(async () => {
  const fitChild = await bundleChild(path.join(import.meta.dirname, 'fit-cost-model.child.ts'));
  api = await startTestApi((url) => url, { fitChild });
}, 90_000);
afterAll(() => api.stop());

const root = '/v1/hardware-profiles';
const conditions = { device: 'a board', runtime: 'a runtime 1.0', threads: 1 };
const post = (url: string, payload: object) => api.inject({ method: 'POST', url, payload });

async function imported(id: string, csv: string, space: string | undefined): Promise<void> {
  await post(root, { id, source: 'imported', conditions, ...(space && { space }) });
  const headers = { 'content-type': 'text/csv' };
  const url = `${root}/${id}/tables`;
  const response = await api.inject({ method: 'POST', url, payload: csv, headers });
  expect(response.statusCode).toBe(201);
}

/** A device on which every million MACs takes 0.05 ms, and every cell 1 ms, give or take 1 %. */
const cells = (count: number): string => {
  const draw = rng(9, 'a device');
  const rows = Array.from({ length: count }, (_, at) => {
    const latency = (1 + (0.05 * cellMacs(cellAt(at))) / 1e6) * (1 + 0.01 * draw.normal());
    return `${at},${latency}`;
  });
  return ['idx,latencyMs', ...rows].join('\n');
};

const space = searchSpaces['mbconv-fashion-mnist-v1'];

/** Architecture number `at` of the space, without a model. */
function candidate(at: number): EvaluatedCandidate {
  const architecture = sample(space, rng(7, at));
  return {
    id: canonicalHash(space, architecture),
    encoding: [...encode(space, architecture)],
    architecture: JSON.parse(JSON.stringify(architecture)) as EvaluatedCandidate['architecture'],
    macs: macs(space, architecture),
    paramCount: paramCount(space, architecture),
    measurements: [],
    model: null,
  };
}

describe('POST /v1/hardware-profiles/:profile/models', () => {
  it('fits cells of a table and tells the error on what was held out', async () => {
    await imported('cells', cells(60), 'nas-bench-201');
    const response = await post(`${root}/cells/models`, { rows: 50 });
    expect(response.statusCode).toBe(201);
    const { model, predicted } = FittedHardwareModel.parse(response.json());
    expect(predicted).toBeNull();
    expect(model).toMatchObject({
      metric: 'latencyMs',
      version: 1,
      space: 'nas-bench-201',
      rows: 50,
    });
    expect(model.crossValidatedError.n).toBe(50);
    expect(model.crossValidatedError.meanAbsolutePercentageError).toBeLessThan(0.03);
    expect(model.crossValidatedError.spearman).toBeGreaterThan(0.97);
    expect(model.compared[0]?.name).toBe(model.kind);
    expect(model.compared.length).toBeGreaterThan(1);
    const { current } = HardwareProfileDetail.parse((await api.inject(`${root}/cells`)).json());
    expect(current.models).toEqual([model]);
  }, 60_000);

  it('predicts what is not measured, with an interval, and leaves what is', async () => {
    const { id: searchId } = (await post('/v1/searches', search)).json<{ id: string }>();
    const epoch = await api.lease(searchId);
    const all = Array.from({ length: 40 }, (_, at) => candidate(at));
    const distinct = [...new Map(all.map((it) => [it.id, it])).values()];
    await api.candidates.record(searchId, epoch, distinct);
    const measured = distinct.slice(0, 25);
    const csv = ['key,value', ...measured.map((it) => `${it.id},${1 + it.macs / 1e7}`)].join('\n');
    await imported('any', csv, undefined);
    const [first] = measured;
    await api.candidates.recordCosts(searchId, null, [
      {
        candidateId: first?.id ?? '',
        cost: 'latencyMs@any',
        value: 7,
        lower: 6,
        upper: 8,
        evidence: 'measured',
        n: 50,
        conditions: {},
      },
    ]);
    expect((await post(`${root}/any/models`, {})).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/searchId' }],
    });
    const fitted = FittedHardwareModel.parse(
      (await post(`${root}/any/models`, { searchId })).json(),
    );
    expect(fitted.predicted).toBe(distinct.length - measured.length);
    expect(fitted.model).toMatchObject({ rows: 25, space: space.name });
    const costs = await api.database.dataSource.query<
      { id: string; value: number; lower: number; upper: number; evidence: string }[]
    >(
      `select candidate_id as id, value, lower, upper, evidence, conditions from candidate_cost
       where search_id = $1 and cost = 'latencyMs@any'`,
      [searchId],
    );
    expect(costs).toHaveLength(distinct.length);
    const known = new Map(
      costs.filter(({ evidence }) => evidence === 'measured').map((it) => [it.id, it.value]),
    );
    const inTable = measured.map((it): [string, number] => [it.id, 1 + it.macs / 1e7]);
    expect(known).toEqual(new Map([...inTable, [first?.id ?? '', 7]]));
    for (const it of costs.filter(({ evidence }) => evidence === 'predicted')) {
      const truth = 1 + (distinct.find(({ id }) => id === it.id)?.macs ?? 0) / 1e7;
      expect(it.lower).toBeLessThanOrEqual(it.value);
      expect(it.value).toBeLessThanOrEqual(it.upper);
      expect(Math.abs(it.value / truth - 1)).toBeLessThan(0.25);
      expect(it).toMatchObject({ conditions: { version: 1, model: fitted.model.kind } });
    }
  }, 60_000);

  it('is what an agent’s claims are held against', async () => {
    const { id: searchId } = (await post('/v1/searches', search)).json<{ id: string }>();
    const epoch = await api.lease(searchId);
    const model = await api.artifacts.put(new TextEncoder().encode('not quite a model'));
    const claimed = { ...candidate(0), model };
    await api.candidates.record(searchId, epoch, [claimed]);
    const { token } = (await post(`${root}/any/agent-keys`, { name: 'a test' })).json<{
      token: string;
    }>();
    await post(`${root}/any/measurement-requests`, { searchId, candidateIds: [claimed.id] });
    const tasks = `${root}/any/measurement-tasks`;
    const agent = { ...conditions, runtime: 'a runtime 1.1' };
    const { task } = LeasedMeasurement.parse(
      (await signed(api, `${tasks}/lease`, { conditions: agent }, { token })).json(),
    );
    const truth = 1 + claimed.macs / 1e7;
    const claim = (value: number) => ({
      outcome: 'measured',
      leaseEpoch: task?.leaseEpoch,
      latencyMs: { value, p10: value, p90: value, n: 100 },
      medians: [value],
      measuredAt: new Date().toISOString(),
    });
    const result = `${tasks}/${task?.id}/result`;
    const lie = await signed(api, result, claim(20 * truth), { token });
    expect(lie.json()).toMatchObject({
      status: 422,
      code: 'implausible-measurement',
      detail: expect.stringMatching(/interval predicted for this device/),
    });
    const again = LeasedMeasurement.parse(
      (await signed(api, `${tasks}/lease`, { conditions: agent }, { token })).json(),
    ).task;
    const honest = { ...claim(1.2 * truth), leaseEpoch: again?.leaseEpoch };
    expect((await signed(api, result, honest, { token })).statusCode).toBe(204);
  }, 60_000);

  it('refuses what it cannot fit', async () => {
    await imported('few', cells(9), 'nas-bench-201');
    expect((await post(`${root}/few/models`, {})).json()).toMatchObject({
      status: 422,
      code: 'insufficient-data',
    });
    const { id: searchId } = (await post('/v1/searches', search)).json<{ id: string }>();
    expect((await post(`${root}/cells/models`, { searchId })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/searchId' }],
    });
    expect((await post(`${root}/cells/models`, { version: 9 })).statusCode).toBe(404);
    expect((await post(`${root}/cells/models`, { rows: 9 })).statusCode).toBe(400);
    expect((await post(`${root}/nobody/models`, {})).statusCode).toBe(404);
  }, 60_000);
});
