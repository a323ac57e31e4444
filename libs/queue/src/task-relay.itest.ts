/** @file Flows on whatever store BullMQ has here: PostgreSQL, or Redis where REDIS_URL is set. */
import { randomBytes } from 'node:crypto';
import { gatherShards, runTask, type TaskId } from '@sextant/contracts';
import { ScoringRepository, SearchRepository, TaskRepository } from '@sextant/persistence';
import { freshDatabase, sampleSpec, type FreshDatabase } from '@sextant/persistence/testing';
import { Worker, type Job } from 'bullmq';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  BullMqTaskProducer,
  migrateQueue,
  queueConnection,
  TaskRelay,
  type QueueConfig,
  type TaskProducer,
} from '.';

let database: FreshDatabase;
let config: QueueConfig;
let producer: BullMqTaskProducer;
let tasks: TaskRepository;
let searchId: string;

beforeAll(async () => {
  database = await freshDatabase();
  config = {
    redisUrl: process.env['REDIS_URL'],
    databaseUrl: database.url,
    prefix: `test-${randomBytes(4).toString('hex')}`,
  };
  await migrateQueue(config);
  producer = new BullMqTaskProducer(queueConnection(config), (error) => expect.fail(error.message));
  tasks = new TaskRepository(database.dataSource);
  const searches = new SearchRepository(database.dataSource);
  searchId = (await searches.create(sampleSpec())).search.id;
  const { epoch } = (await searches.lease(searchId, 'a test', 60))!;
  await searches.start(searchId, epoch);
  const plan = { requested: 3, distinct: 3, shards: [[[1]], [[2]], [[3]]] };
  await new ScoringRepository(database.dataSource).storePlan(searchId, epoch, plan);
});
afterAll(async () => {
  await producer.queue.obliterate({ force: true });
  await producer.close();
  await database.drop();
});

const relayTo = (target: TaskProducer, reconcileSeconds = 60) =>
  new TaskRelay(tasks, target, { pollMs: 10, reconcileSeconds, onError: () => undefined });

it('R1: what the queue refuses waits, what it loses is queued again', async () => {
  const down: TaskProducer = {
    add: () => Promise.reject(new TypeError('down')),
    knows: () => Promise.resolve(false),
  };
  await expect(relayTo(down).relay()).rejects.toThrow('down');
  expect(await relayTo(producer).relay()).toBe(3);
  expect(await relayTo(producer).relay()).toBe(0);
  await producer.queue.obliterate({ force: true });
  expect(await relayTo(producer, 0).relay()).toBe(3);
  expect(await relayTo(producer, 0).relay()).toBe(3);
  expect(await producer.queue.getJobs('waiting')).toHaveLength(3);
});

it('a search’s shards are children of one parent, which runs when each has had its turn, also where one fails', async () => {
  await tasks.add(searchId, 'report', { seed: 0, resamples: 10 });
  await relayTo(producer).relay();
  const ran: string[] = [];
  const worker = new Worker(
    runTask.queue,
    (job: Job<TaskId>) => {
      ran.push(job.name === gatherShards.name ? 'gather' : `${job.data.kind} ${job.data.number}`);
      if (job.data.number === 2) return Promise.reject(new TypeError('refused'));
      return Promise.resolve();
    },
    queueConnection(config),
  );
  worker.on('error', () => undefined);
  await vi.waitFor(() => expect(ran).toHaveLength(5), { timeout: 15_000 });
  await worker.close();
  expect(ran.toSorted()).toEqual(['gather', 'report 1', 'score 1', 'score 2', 'score 3']);
  expect(ran.indexOf('gather')).toBeGreaterThan(ran.indexOf('score 3'));
});
