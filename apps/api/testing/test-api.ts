/** @file The API over a database of its own, and the repositories with which a test plays the worker. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ArtifactStore, CandidateRepository, SearchRepository } from '@sextant/persistence';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import { BullMqJobProducer, migrateQueue, queueConnection } from '@sextant/queue';
import { createApi, type ApiOptions } from '../src/api';
import { apiConfig } from '../src/config/api-config';

export interface TestApi {
  readonly database: FreshDatabase;
  readonly searches: SearchRepository;
  readonly candidates: CandidateRepository;
  readonly artifacts: ArtifactStore;
  /** Folder of the user's own data sets. */
  readonly datasetRoot: string;
  readonly inject: NestFastifyApplication['inject'];
  routes(): string[];
  /** Takes and starts a queued search as a worker does. @returns the epoch */
  lease(id: string): Promise<number>;
  /** Searches that wait in the queue for a worker. */
  queued(): Promise<string[]>;
  stop(): Promise<void>;
}

/** `through` is what the API sees of the database's URL, as when a proxy is between them. */
export async function startTestApi(
  through = (url: string): string => url,
  more: Pick<ApiOptions, 'fitChild' | 'memoryChild' | 'readChild'> = {},
): Promise<TestApi> {
  const database = await freshDatabase();
  const home = await mkdtemp(path.join(os.tmpdir(), 'sextant-api-'));
  const redisUrl = process.env['REDIS_URL'];
  await migrateQueue({ redisUrl, databaseUrl: database.url });
  const api = await createApi({
    ...apiConfig({ SEXTANT_HOME: home, SEXTANT_LOG_LEVEL: 'silent' }),
    redisUrl,
    databaseUrl: through(database.url),
    ...more,
    queuePrefix: path.basename(home),
  });
  const { queue } = new BullMqJobProducer(
    queueConnection({ redisUrl, databaseUrl: database.url, prefix: path.basename(home) }),
    (error) => {
      throw error;
    },
  );
  const searches = new SearchRepository(database.dataSource);
  return {
    database,
    searches,
    candidates: new CandidateRepository(database.dataSource),
    datasetRoot: path.join(home, 'datasets'),
    artifacts: new ArtifactStore(path.join(home, 'artifacts')),
    routes: () => [...api.routes],
    inject: api.app.inject.bind(api.app),
    async lease(id) {
      const lease = await searches.lease(id, 'a test', 60);
      if (lease === null) throw new TypeError(`search ${id} is not queued`);
      await searches.start(id, lease.epoch);
      return lease.epoch;
    },
    queued: async () => (await queue.getJobs('waiting')).map(({ data }) => data.searchId),
    async stop() {
      await api.close();
      await queue.obliterate({ force: true });
      await queue.close();
      await database.drop();
      await rm(home, { recursive: true });
    },
  };
}
