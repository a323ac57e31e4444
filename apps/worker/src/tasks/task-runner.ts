/** @file Leases tasks, runs them in child processes, and gives back what it cannot finish. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { LeaseLostError, NasError } from '@sextant/common';
import type { TaskId } from '@sextant/contracts';
import type { TaskLease } from '@sextant/persistence';
import type { Logger } from 'pino';
import type { WorkerConfig } from '../config/worker-config';
import type { Resources } from '../resources';
import { workerName } from '../worker-name';
import { CONFIG, LOGGER, RESOURCES } from '../worker.tokens';
import { ComputeSlots } from './compute-slots';
import { LeasedTask } from './leased-task';
import { requireZeroCost, taskCommands } from './task-commands';
import { TaskRun } from './task-run';

const retryMs = 1000;

@Injectable()
export class TaskRunner implements BeforeApplicationShutdown {
  private readonly runs = new Map<TaskRun, Promise<void>>();
  private draining = false;

  constructor(
    @Inject(CONFIG) private readonly config: WorkerConfig,
    @Inject(RESOURCES) private readonly resources: Resources,
    @Inject(ComputeSlots) private readonly slots: ComputeSlots,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Resolves once the task is settled or given back; at once where it has ended, runs elsewhere, or is not wanted. */
  run(id: TaskId): Promise<void> {
    return this.slots.within(async () => {
      const lease = await this.lease(id);
      if (!lease) return;
      try {
        await this.compute(lease);
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error;
        this.log.warn({ task: id, err: error }, 'the task belongs to another worker now');
      }
    });
  }

  /** Every shard of a search has had its turn: what still waits is queued again. */
  async gather(searchId: string): Promise<void> {
    await this.resources.tasks.requeueShards(searchId);
  }

  /** Second step of a drain: what runs goes back into the queue, with what it has stored. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    for (const run of this.runs.keys()) run.stop('drain');
    await Promise.allSettled(this.runs.values());
  }

  /** Waits while PostgreSQL is away, as the lease of a search does. */
  private async lease(id: TaskId): Promise<TaskLease | null> {
    for (;;) {
      if (this.draining) return null;
      try {
        return await this.resources.tasks.lease(id, workerName, this.config.leaseSeconds);
      } catch (error) {
        if (error instanceof NasError) throw error;
        this.log.warn({ task: id, err: error }, 'the task could not be leased; trying again');
        await sleep(retryMs);
      }
    }
  }

  private async compute(lease: TaskLease): Promise<void> {
    const { searches } = this.resources;
    const spec = requireZeroCost((await searches.get(lease.id.searchId)).spec);
    const { proxies } = spec.method.options;
    const { leaseSeconds } = this.config;
    const task = new LeasedTask(lease, leaseSeconds, this.resources, proxies);
    const log = this.log.child({ task: lease.id, epoch: lease.epoch });
    const run = new TaskRun(task, this.config, log);
    const commands = taskCommands(lease, spec, this.config, this.resources);
    const settled = run.run(commands).then(async (end) => {
      log.info({ end: end?.kind }, 'the task has ended');
      if (end) await task.settle(end);
    });
    settled.catch((err: unknown) => log.error({ err }, 'the task could not be settled'));
    this.runs.set(run, settled);
    if (this.draining) run.stop('drain');
    await settled.finally(() => this.runs.delete(run));
  }
}
