/** @file Carries the outbox to the queue, and again what the queue has lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxRepository } from '@sextant/persistence';
import type { JobProducer } from './job-producer';

export interface RelayOptions {
  readonly pollMs: number;
  /** A search that waits longer than this is looked up in the queue. */
  readonly reconcileSeconds: number;
  readonly onError: (error: unknown) => void;
}

const batch = 100;

export class OutboxRelay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private reconciledAtMs = 0;

  constructor(
    private readonly outbox: OutboxRepository,
    private readonly producer: JobProducer,
    private readonly options: RelayOptions,
  ) {}

  /** Queues everything that waits. @returns how many rows; throws what the queue throws, and nothing is lost */
  relay(): Promise<number> {
    return this.outbox.dispatch(batch, async (rows) => {
      for (const { id, searchId } of rows) await this.producer.add({ searchId, occasion: id });
    });
  }

  /** Queues again what waits in PostgreSQL but is unknown to the queue, as after a flush of Redis. */
  async reconcile(): Promise<number> {
    let added = 0;
    for (const { id, searchId } of await this.outbox.waitingLonger(this.options.reconcileSeconds)) {
      const job = { searchId, occasion: id };
      if (await this.producer.knows(job)) continue;
      await this.producer.add(job);
      added++;
    }
    return added;
  }

  start(): void {
    this.running ??= this.loop();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.relay();
        if (performance.now() - this.reconciledAtMs > this.options.reconcileSeconds * 1000) {
          this.reconciledAtMs = performance.now();
          await this.reconcile();
        }
      } catch (error) {
        this.options.onError(error); // the rows stay; the next round tries again
      }
      await sleep(this.options.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
