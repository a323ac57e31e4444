/** @file A real agent, a real API in its own process, a real exported model, and the real measuring process. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import { oneConvolution } from '@sextant/engine/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveSearch, type ServedSearch } from '../../testing/served-search';
import { ApiClient } from '../api-client';
import { AgentClient } from './agent-client';
import { HardwareClient } from './hardware-client';
import { measureModel } from './measure-model';
import { MeasuringAgent, type Settled } from './measuring-agent';

let served: ServedSearch;
let entry: string;
beforeAll(async () => {
  [served, entry] = await Promise.all([
    serveSearch(),
    bundleChild(path.join(import.meta.dirname, 'measure.child.ts')),
  ]);
}, 60_000);
afterAll(() => served.stop());

const limits = {
  maxModelBytes: 2 ** 26,
  maxMemoryBytes: 2 ** 31,
  timeoutMs: 60_000,
  runs: 50,
  // other tests run beside this one: what is tested is the way of a result, not the quiet of this machine
  tolerance: 0.9,
  mostRounds: 12,
};

it('measures what can be measured, and says why the rest cannot', async () => {
  const { url, searchId, database } = served;
  const api = new ApiClient(url);
  const hardware = new HardwareClient(api);
  const conditions = {
    device: 'this machine',
    runtime: 'onnxruntime-node',
    batch: 2,
    threads: 1,
    precision: 'float32' as const,
    measuredOn: null,
  };
  await hardware.create({
    id: 'here',
    source: 'measured',
    space: null,
    keys: 'architecture',
    conditions,
  });
  const { token } = await hardware.createKey('here', { name: 'a test', source: 'measured' });
  const request = await hardware.request('here', { searchId, top: 2, again: false });
  const agent = new MeasuringAgent(api, new AgentClient(api, 'here', token), {
    conditions,
    entry,
    ...limits,
  });
  const settled: Settled[] = [];
  await agent.run(
    (it) => settled.push(it),
    async () => (await hardware.getRequest('here', request.id)).isFinished,
    new AbortController().signal,
  );

  const measured = settled.find(({ latency }) => latency !== null)?.latency;
  const { tasks } = await hardware.getRequest('here', request.id);
  expect(tasks).toMatchObject([
    { state: 'done', attempts: 1, latencyMs: measured?.value },
    { state: 'given-up', attempts: 3, error: { code: 'not-measured' } },
  ]);
  expect(tasks[1]?.error?.message).toMatch(/not an ONNX model/);
  const { current } = await hardware.get('here');
  expect(current).toMatchObject({ source: 'measured', conditions, rows: { latencyMs: 1 } });
  const [cost] = await database.dataSource.query<{ value: number; n: number }[]>(
    `select value, n, evidence, conditions from candidate_cost where cost = 'latencyMs@here'`,
  );
  expect(cost).toMatchObject({
    value: measured?.value,
    n: 100,
    evidence: 'measured',
    conditions: { batch: 2, threads: 1, medians: measured?.medians },
  });
});

it('gives the timing of a process that is used once', async () => {
  const file = path.join(served.home, 'conv.onnx');
  writeFileSync(file, oneConvolution());
  const request = { file, maxFileBytes: 2 ** 20, batch: 1, threads: 1, ...limits };
  const latency = await measureModel(request, { memoryBytes: 2 ** 31, timeoutMs: 60_000 }, entry);
  expect(latency.n).toBe(100);
  expect(latency.p10).toBeLessThanOrEqual(latency.value);
  expect(latency.value).toBeLessThanOrEqual(latency.p90);
  // the model fixes its batch at 1
  const other = measureModel(
    { ...request, batch: 2 },
    { memoryBytes: 2 ** 31, timeoutMs: 60_000 },
    entry,
  );
  await expect(other).rejects.toThrow(/cannot be \[2, 3, 16, 16\]/);
});
