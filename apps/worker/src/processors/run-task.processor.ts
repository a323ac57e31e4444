/** @file Queue edge of one task. All state is in its row; the job only says "look at this one". */
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type OnModuleDestroy } from '@nestjs/common';
import { messageOf, NasError } from '@sextant/common';
import { gatherShards, parseAs, runTask } from '@sextant/contracts';
import { type Job, UnrecoverableError } from 'bullmq';
import type { Logger } from 'pino';
import { ComputeSlots } from '../tasks/compute-slots';
import { TaskRunner } from '../tasks/task-runner';
import { LOGGER } from '../worker.tokens';

/** As for searches: what a dead worker held comes back through its row sooner than through the stall check. */
const options = {
  autorun: false,
  lockDuration: 60_000,
  stalledInterval: 30_000,
  maxStalledCount: 5,
};

@Processor(runTask.queue, options)
export class RunTaskProcessor extends WorkerHost implements OnModuleDestroy {
  private closing = false;

  constructor(
    @Inject(TaskRunner) private readonly runner: TaskRunner,
    @Inject(ComputeSlots) slots: ComputeSlots,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    super();
    slots.watch((isFull) => this.turn(isFull));
  }

  /** Delivery is at least once: a task that has ended or runs elsewhere is not leased, and the job is done. */
  async process(job: Job): Promise<void> {
    try {
      if (job.name === gatherShards.name) {
        const { searchId } = parseAs(gatherShards.payload, job.data, `job ${job.id}`);
        return await this.runner.gather(searchId);
      }
      await this.runner.run(parseAs(runTask.payload, job.data, `job ${job.id}`));
    } catch (error) {
      if (error instanceof NasError && error.permanent)
        throw new UnrecoverableError(messageOf(error));
      throw error;
    }
  }

  /** An unheard 'error' event would end the worker. */
  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.log.warn({ err: error }, 'the queue does not answer');
  }

  /** First step of a drain: take no more work, and do not wait for what runs. */
  onModuleDestroy(): Promise<void> {
    this.closing = true;
    return this.worker.pause(true);
  }

  /** A task taken while every slot is in use would wait here, where a free worker cannot have it. */
  private turn(isFull: boolean): void {
    if (this.closing) return;
    if (!isFull) {
      void this.worker.resume();
      return;
    }
    void this.worker
      .pause(true)
      .catch((err: unknown) => this.log.warn({ err }, 'tasks go on arriving'));
  }
}
