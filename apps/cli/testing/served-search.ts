/** @file The built API in a process of its own, over a database with one search whose candidates have models. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rng } from '@sextant/common';
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

const builtApi = path.join(import.meta.dirname, '../../../dist/apps/api/main.js');

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

export interface ServedSearch {
  readonly url: string;
  readonly searchId: string;
  readonly database: FreshDatabase;
  /** Of the service and of the test. */
  readonly home: string;
  stop(): Promise<void>;
}

async function ready(api: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    api.once('message', ({ ready: url }: { ready: string }) => resolve(url));
    api.once('exit', (code) => reject(new RangeError(`the API ended with ${code}; is it built?`)));
  });
}

/** The best candidate has a model that runs, the next one a file that is none. */
export async function serveSearch(): Promise<ServedSearch> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'sextant-cli-'));
  const database = await freshDatabase();
  const api = fork(builtApi, [], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      REDIS_URL: '',
      SEXTANT_HOME: home,
      SEXTANT_LOG_LEVEL: 'silent',
      PORT: '0',
    },
  });
  const url = await ready(api);
  const artifacts = new ArtifactStore(path.join(home, 'artifacts'));
  const searches = new SearchRepository(database.dataSource);
  const { search } = await searches.create(sampleSpec());
  const epoch = (await searches.lease(search.id, 'a test', 60))?.epoch ?? 0;
  await searches.start(search.id, epoch);
  const models = [exported(), new TextEncoder().encode('not a model')];
  const candidates = await Promise.all(
    models.map(async (bytes, at) => ({
      ...sampleCandidate(at + 1, { accuracy: 0.9 - at / 10 }),
      model: await artifacts.put(bytes),
    })),
  );
  await new CandidateRepository(database.dataSource).record(search.id, epoch, candidates);
  return {
    url,
    searchId: search.id,
    database,
    home,
    async stop() {
      api.kill('SIGKILL');
      await database.drop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
