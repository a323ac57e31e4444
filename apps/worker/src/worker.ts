/** @file A worker as a value: started with a configuration, closed by draining. */
import 'reflect-metadata';
import type { Server } from 'node:http';
import { getQueueToken, WorkerHost } from '@nestjs/bullmq';
import type { INestApplicationContext } from '@nestjs/common';
import { DiscoveryService, NestFactory } from '@nestjs/core';
import { runSearch, runTask } from '@sextant/contracts';
import type { Queue, Worker } from 'bullmq';
import { type Logger, pino } from 'pino';
import type { WorkerConfig } from './config/worker-config';
import { startHealthServer } from './health/health-server';
import { requireEveryProcessor } from './processors/require-every-processor';
import { openResources } from './resources';
import { WorkerModule } from './worker.module';

export interface RunningWorker {
  /** Drains: takes nothing more, lets searches save a checkpoint, gives them back, and closes. Safe to call twice. */
  close(): Promise<void>;
}

const jobKinds = [runSearch, runTask];
const queueIsAway = 'the queue does not answer';

/** @throws {ConfigurationError} a job kind has no processor, or several */
export async function startWorker(config: WorkerConfig): Promise<RunningWorker> {
  const log = pino({ level: config.logLevel, base: { app: 'worker', pid: process.pid } });
  const resources = await openResources(config, log);
  const app = await NestFactory.createApplicationContext(
    WorkerModule.with(config, resources, log),
    { logger: ['error', 'fatal'], abortOnError: false },
  );
  takeWork(app, config, log);
  let ready = true;
  const health = await openHealth(config, () => ready);
  const { threads, concurrency } = config;
  log.info({ threads, concurrency }, 'the worker takes searches');

  const close = async (): Promise<void> => {
    ready = false;
    await app.close();
    await resources.close();
    health?.close();
    log.info('the worker has drained');
  };
  let closing: Promise<void> | undefined;
  return { close: () => (closing ??= close()) };
}

/** Processors are made idle; they start together once each job kind is known to have its one. */
function takeWork(app: INestApplicationContext, config: WorkerConfig, log: Logger): void {
  const processors = app
    .get(DiscoveryService)
    .getProviders()
    .map(({ instance }: { instance: unknown }) => instance)
    .filter((instance): instance is WorkerHost<Worker> => instance instanceof WorkerHost);
  requireEveryProcessor(
    jobKinds.map(({ queue }) => queue),
    processors.map(({ worker }) => worker.name),
  );
  for (const { queue } of jobKinds) {
    // Nest opens a queue beside each worker; unheard, its errors would go to the console
    app.get<Queue>(getQueueToken(queue)).on('error', (err) => log.warn({ err }, queueIsAway));
  }
  for (const { worker } of processors) {
    worker.concurrency = config.concurrency;
    void worker.run().catch((err: unknown) => log.error({ err }, 'a queue worker ended'));
  }
}

const openHealth = (config: WorkerConfig, isReady: () => boolean): Promise<Server | undefined> =>
  config.healthPort === undefined
    ? Promise.resolve(undefined)
    : startHealthServer(config.healthPort, isReady);
