/** @file What a worker holds of the outside world: opened in order, closed in reverse. */
import path from 'node:path';
import {
  BenchmarkRepository,
  CandidateRepository,
  CheckpointRepository,
  HardwareProfileRepository,
  LabelRepository,
  migrate,
  openDatabase,
  OutboxRepository,
  PredictionRepository,
  ScoringRepository,
  SearchRepository,
  startEmbeddedPostgres,
  TaskRepository,
} from '@sextant/persistence';
import {
  BullMqJobProducer,
  BullMqTaskProducer,
  migrateQueue,
  OutboxRelay,
  queueConnection,
  TaskRelay,
  type QueueConnection,
} from '@sextant/queue';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config/worker-config';
import type { TaskSources } from './tasks/task-commands';
import type { Repositories } from './training/leased-search';

export interface Resources extends Repositories, TaskSources {
  readonly queue: QueueConnection;
  readonly producer: BullMqJobProducer;
  readonly relay: OutboxRelay;
  readonly taskProducer: BullMqTaskProducer;
  readonly taskRelay: TaskRelay;
  close(): Promise<void>;
}

/** Connects, and brings both schemas up to date: any number of processes may do so at once. */
export async function openResources(config: WorkerConfig, log: Logger): Promise<Resources> {
  const server = await databaseServer(config);
  await migrate(server.url);
  const address = {
    redisUrl: config.redisUrl,
    databaseUrl: server.url,
    prefix: config.queuePrefix,
  };
  await migrateQueue(address);
  const dataSource = await openDatabase(server.url, { applicationName: 'sextant worker' });
  const queue = queueConnection(address);
  const onError = (err: unknown): void => log.warn({ err }, 'the queue does not answer');
  const producer = new BullMqJobProducer(queue, onError);
  const relay = new OutboxRelay(new OutboxRepository(dataSource), producer, {
    pollMs: 1000,
    reconcileSeconds: 30,
    onError,
  });
  const tasks = new TaskRepository(dataSource);
  const taskProducer = new BullMqTaskProducer(queue, onError);
  const taskRelay = new TaskRelay(tasks, taskProducer, {
    pollMs: 500,
    reconcileSeconds: 30,
    onError,
  });
  return {
    queue,
    producer,
    relay,
    tasks,
    taskProducer,
    taskRelay,
    scoring: new ScoringRepository(dataSource),
    labels: new LabelRepository(dataSource),
    predictions: new PredictionRepository(dataSource),
    searches: new SearchRepository(dataSource),
    candidates: new CandidateRepository(dataSource),
    checkpoints: new CheckpointRepository(dataSource),
    benchmarks: new BenchmarkRepository(dataSource),
    hardwareProfiles: new HardwareProfileRepository(dataSource),
    async close() {
      await producer.close();
      await taskProducer.close();
      await dataSource.destroy();
      await server.stop();
    },
  };
}

const databaseServer = ({ databaseUrl, home }: WorkerConfig) =>
  databaseUrl === undefined
    ? startEmbeddedPostgres(path.join(home, 'postgres'))
    : Promise.resolve({ url: databaseUrl, stop: () => Promise.resolve() });
