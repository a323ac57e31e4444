import { randomBytes } from 'node:crypto';
import { runSearch } from '@sextant/contracts';
import { OutboxRepository, SearchRepository } from '@sextant/persistence';
import { freshDatabase, sampleSpec, type FreshDatabase } from '@sextant/persistence/testing';
import { Worker } from 'bullmq';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BullMqJobProducer,
  migrateQueue,
  OutboxRelay,
  queueConnection,
  type JobProducer,
  type QueueConfig,
} from '.';

let database: FreshDatabase;
let config: QueueConfig;
let producer: BullMqJobProducer;
let searches: SearchRepository;
let outbox: OutboxRepository;

beforeAll(async () => {
  database = await freshDatabase();
  config = {
    redisUrl: process.env['REDIS_URL'],
    databaseUrl: database.url,
    prefix: `test-${randomBytes(4).toString('hex')}`,
  };
  await migrateQueue(config);
  producer = new BullMqJobProducer(queueConnection(config), (error) => expect.fail(error.message));
  searches = new SearchRepository(database.dataSource);
  outbox = new OutboxRepository(database.dataSource);
});
afterAll(async () => {
  await producer.queue.obliterate({ force: true });
  await producer.close();
  await database.drop();
});

const relayTo = (target: JobProducer) =>
  new OutboxRelay(outbox, target, { pollMs: 10, reconcileSeconds: 0, onError: () => undefined });

it('R1: delivers what was submitted while the queue was down, once', async () => {
  const { search } = await searches.create(sampleSpec());
  const down: JobProducer = {
    add: () => Promise.reject(new Error('down')),
    knows: () => Promise.resolve(false),
    close: () => Promise.resolve(),
  };
  await expect(relayTo(down).relay()).rejects.toThrow('down');
  const relay = relayTo(producer);
  expect(await relay.relay()).toBe(1);
  expect(await relay.relay()).toBe(0);
  const jobs = await producer.queue.getJobs(['waiting', 'prioritized', 'delayed']);
  expect(jobs.filter((job) => job.data.searchId === search.id)).toHaveLength(1);
});

it('R1: queues again what the queue has lost, and only that', async () => {
  await producer.queue.obliterate({ force: true });
  const relay = relayTo(producer);
  expect(await relay.reconcile()).toBe(1);
  expect(await relay.reconcile()).toBe(0);
});

it('R1: queues a waiting search again whose job has ended without it', async () => {
  const relay = relayTo(producer);
  const [waiting] = await outbox.waitingLonger(0);
  const job = { searchId: waiting!.searchId, occasion: waiting!.id };
  const worker = new Worker(runSearch.queue, () => Promise.resolve(), {
    ...queueConnection(config),
    autorun: true,
  });
  const ended = new Promise((resolve) => worker.once('completed', resolve));
  await ended;
  await worker.close();
  expect(await producer.knows(job)).toBe(false);
  expect(await relay.reconcile()).toBe(1);
});
