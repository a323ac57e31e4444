/** @file What keeps promises about searches nobody works on: reap dead leases, fill the queue, clean up. */
import path from 'node:path';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import type { SearchState } from '@sextant/contracts';
import type { Logger } from 'pino';
import type { WorkerConfig } from '../config/worker-config';
import type { Resources } from '../resources';
import { CONFIG, LOGGER, RESOURCES } from '../worker.tokens';
import { pruneCheckpoints } from './prune-checkpoints';
import { repeat } from './repeat';

/** With a lease of at most 30 s, R9: a dead worker's search is back in the queue well within 60 s. */
const reapMs = 5000;
const pruneMs = 60_000;

@Injectable()
export class MaintenanceService implements OnApplicationBootstrap, OnApplicationShutdown {
  private tasks: readonly { stop(): Promise<void> }[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: WorkerConfig,
    @Inject(RESOURCES) private readonly resources: Resources,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.tasks = [
      this.every(reapMs, 'reap leases', () => this.reap()),
      this.every(pruneMs, 'prune checkpoints', () => this.prune()),
      this.every(pruneMs, 'clean the queue', () => this.clean()),
    ];
    this.resources.relay.start();
    this.resources.taskRelay.start();
  }

  /** Last step of a drain: what was given back goes into the queue now, not at the next poll. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop()));
    for (const relay of [this.resources.relay, this.resources.taskRelay]) {
      await relay.stop();
      await relay.relay().catch((err: unknown) => this.log.warn({ err }, 'left to another worker'));
    }
  }

  private async reap(): Promise<void> {
    const moved = await this.resources.searches.reapExpired();
    if (moved > 0) this.log.warn({ moved }, 'searches of workers that went silent were taken back');
    const tasks = await this.resources.tasks.reapExpired();
    if (tasks > 0) this.log.warn({ tasks }, 'tasks of workers that went silent were taken back');
  }

  private async clean(): Promise<void> {
    await this.resources.producer.clean();
    await this.resources.taskProducer.clean();
  }

  private async prune(): Promise<void> {
    const pruned = await pruneCheckpoints(path.join(this.config.home, 'checkpoints'), (searchId) =>
      this.stateOf(searchId),
    );
    if (pruned.length > 0) this.log.info({ pruned }, 'checkpoints of ended searches were removed');
  }

  private async stateOf(searchId: string): Promise<SearchState | null> {
    try {
      return (await this.resources.searches.get(searchId)).state;
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  }

  private every(milliseconds: number, task: string, run: () => Promise<void>) {
    return repeat(run, milliseconds, (err) => this.log.warn({ err, task }, 'maintenance failed'));
  }
}
