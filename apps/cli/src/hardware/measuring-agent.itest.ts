/** @file A real agent, a real API in its own process, a real exported model, and the real measuring process. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rng } from '@sextant/common';
import { bundleChild } from '@sextant/common/testing';
import { oneConvolution } from '@sextant/engine/testing';
import { initialWeights, parameterLayout } from '@sextant/networks';
import { ArtifactStore, CandidateRepository, SearchRepository } from '@sextant/persistence';
import {
  freshDatabase,
  sampleCandidate,
  sampleSpec,
  type FreshDatabase,
} from '@sextant/persistence/testing';
import { maxArchitecture } from '@sextant/search-space';
import { exportModel, normalisedLayers } from '@sextant/supernet';
import { tinyFormat, tinySpace } from '@sextant/supernet/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../api-client';
import { HardwareClient } from './hardware-client';
import { AgentClient } from './agent-client';
import { MeasuringAgent, type Settled } from './measuring-agent';
import { measureModel } from './measure-model';

const builtApi = path.join(import.meta.dirname, '../../../../dist/apps/api/main.js');

let home: string;
let database: FreshDatabase;
let child: ChildProcess;
let api: ApiClient;
let entry: string;
let searchId: string;

/** The largest network of a small space with its weights as drawn, as the worker would export it. */
function exported(): Uint8Array {
  const layout = parameterLayout(tinySpace);
  const theta = initialWeights(layout, rng(3, 'weights'));
  const network = { space: tinySpace, architecture: maxArchitecture(tinySpace), layout, theta };
  const statistics = new Map(
    normalisedLayers(network).map((name) => [
      name,
      { mean: new Float32Array(64), variance: new Float32Array(64).fill(1) },
    ]),
  );
  return exportModel(network, tinyFormat, statistics, {});
}

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'sextant-agent-'));
  database = await freshDatabase();
  entry = await bundleChild(path.join(import.meta.dirname, 'measure.child.ts'));
  child = fork(builtApi, [], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      REDIS_URL: '',
      SEXTANT_HOME: home,
      SEXTANT_LOG_LEVEL: 'silent',
      PORT: '0',
    },
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', ({ ready }: { ready: string }) => resolve(ready));
    child.once('exit', (code) =>
      reject(new RangeError(`the API ended with ${code}; is it built?`)),
    );
  });
  api = new ApiClient(url);
  const artifacts = new ArtifactStore(path.join(home, 'artifacts'));
  const searches = new SearchRepository(database.dataSource);
  const { search } = await searches.create(sampleSpec());
  searchId = search.id;
  const lease = await searches.lease(search.id, 'a test', 60);
  await searches.start(search.id, lease?.epoch ?? 0);
  const models = [exported(), new TextEncoder().encode('not a model')];
  const candidates = await Promise.all(
    models.map(async (bytes, at) => ({
      ...sampleCandidate(at + 1, { accuracy: 0.9 - at / 10 }),
      model: await artifacts.put(bytes),
    })),
  );
  await new CandidateRepository(database.dataSource).record(
    search.id,
    lease?.epoch ?? 0,
    candidates,
  );
}, 60_000);

afterAll(async () => {
  child.kill('SIGKILL');
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

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
  const file = path.join(home, 'conv.onnx');
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
