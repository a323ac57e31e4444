/** @file The API over a migrated database: what it opens, it closes. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ArtifactStore, openDatabase } from '@sextant/persistence';
import { pino } from 'pino';
import { AppModule } from './app.module';
import type { ApiConfig } from './config/api-config';
import { ResultsMemory } from './candidates/results-memory';
import { DatasetCatalogue } from './datasets/dataset-catalogue';
import { CostModelProcess } from './hardware-profiles/cost-model-process';
import { createServer } from './http/server';
import { MemoryProcess } from './searches/memory-process';
import { HttpMetrics } from './metrics/http-metrics';
import { runOutbox } from './outbox';

export interface ApiOptions extends ApiConfig {
  readonly databaseUrl: string;
  /** Keeps jobs of deployments that share one queue apart. */
  readonly queuePrefix?: string;
  /** Script that fits cost models, where it is not the built one. */
  readonly fitChild?: string;
  /** Script that works out the memory of a search, where it is not the built one. */
  readonly memoryChild?: string;
  /** Script that reads results, where it is not the built one. */
  readonly readChild?: string;
}

export interface Api {
  readonly app: NestFastifyApplication;
  /** As `GET /path`. */
  readonly routes: readonly string[];
  /** Answers what has arrived, then lets go of queue and database. */
  close(): Promise<void>;
}

const built = (child: string): string => fileURLToPath(new URL(`${child}.js`, import.meta.url));

export async function createApi(options: ApiOptions): Promise<Api> {
  const { databaseUrl, redisUrl, home, datasetRoot, queuePrefix: prefix } = options;
  const log = pino({ level: options.logLevel });
  const database = await openDatabase(databaseUrl, { applicationName: 'sextant api' });
  const metrics = new HttpMetrics();
  const resultsMemory = new ResultsMemory(
    options.readChild ?? built('read-results.child'),
    databaseUrl,
    options.queryMemoryBytes,
    (err) => log.warn({ err }, 'results cannot be held in memory; the database answers'),
  );
  const module = AppModule.with({
    database,
    artifacts: new ArtifactStore(path.join(home, 'artifacts')),
    datasets: new DatasetCatalogue(datasetRoot),
    costModels: new CostModelProcess(options.fitChild ?? built('fit-cost-model.child')),
    memory: new MemoryProcess(options.memoryChild ?? built('estimate-memory.child')),
    metrics,
    resultsMemory,
  });
  const { app, routes } = await createServer(module, log, metrics);
  const outbox = runOutbox(database, { redisUrl, databaseUrl, prefix }, (err) =>
    log.warn({ err }, 'searches cannot reach the queue; they wait in the outbox'),
  );
  return {
    app,
    routes,
    async close() {
      await app.close();
      await outbox.stop();
      await resultsMemory.close();
      await database.destroy();
    },
  };
}
