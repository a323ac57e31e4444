/** @file Carries submitted searches to the queue while the API runs; without the queue they wait, and nothing else does. */
import { messageOf } from '@sextant/common';
import { OutboxRepository } from '@sextant/persistence';
import { BullMqJobProducer, OutboxRelay, queueConnection, type QueueConfig } from '@sextant/queue';
import type { DataSource } from 'typeorm';

const pollMs = 200;
const reconcileSeconds = 30;
/** The same complaint is logged once in this time, however often it is heard. */
const silenceMs = 60_000;

/** Passes an error on unless it says what the one before said, a short time ago. */
function withoutEcho(log: (error: unknown) => void): (error: unknown) => void {
  let last = { message: '', atMs: -Infinity };
  return (error) => {
    const message = messageOf(error);
    const atMs = performance.now();
    if (message === last.message && atMs - last.atMs < silenceMs) return;
    last = { message, atMs };
    log(error);
  };
}

export interface RunningOutbox {
  stop(): Promise<void>;
}

export function runOutbox(
  database: DataSource,
  config: QueueConfig,
  log: (error: unknown) => void,
): RunningOutbox {
  const onError = withoutEcho(log);
  const producer = new BullMqJobProducer(queueConnection(config), onError);
  const relay = new OutboxRelay(new OutboxRepository(database), producer, {
    pollMs,
    reconcileSeconds,
    onError,
  });
  relay.start();
  return {
    async stop() {
      await relay.stop();
      await producer.close();
    },
  };
}
