/** @file Carries waiting tasks to the queue, and again what the queue has lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskRepository } from '@sextant/persistence';
import type { RelayOptions } from './outbox-relay';
import type { TaskProducer } from './task-producer';

const batch = 500;

export class TaskRelay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(
    private readonly tasks: TaskRepository,
    private readonly producer: TaskProducer,
    private readonly options: RelayOptions,
  ) {}

  /** Queues what waits. @returns how many tasks; throws what the queue throws, and nothing is lost */
  relay(): Promise<number> {
    return this.tasks.dispatch(batch, this.options.reconcileSeconds, async (fresh, stale) => {
      const lost = [];
      for (const dispatch of stale) if (!(await this.producer.knows(dispatch))) lost.push(dispatch);
      await this.producer.add([...fresh, ...lost]);
    });
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
      const moved = await this.relay().catch((error: unknown) => {
        this.options.onError(error); // the rows stay; the next round tries again
        return 0;
      });
      if (moved === batch) continue;
      await sleep(this.options.pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
