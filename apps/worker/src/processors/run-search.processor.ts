/** @file Queue edge of one search. All state is in its row; the job only says "look at this one". */
import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Inject, type OnModuleDestroy } from '@nestjs/common';
import { messageOf, NasError } from '@sextant/common';
import { isSearchBy, parseAs, runSearch } from '@sextant/contracts';
import { type Job, UnrecoverableError } from 'bullmq';
import type { Logger } from 'pino';
import type { Resources } from '../resources';
import { ScoringRunner } from '../scoring/scoring-runner';
import { ComputeSlots } from '../tasks/compute-slots';
import { SearchRunner } from '../training/search-runner';
import { untilAnswered } from '../until-answered';
import { LOGGER, RESOURCES } from '../worker.tokens';

/**
 * The lock is renewed every 30 s by a process that never computes, so only a dead worker stalls. What a
 * dead worker held comes back through its row (reaper and outbox) sooner than through the stall check.
 */
const options = {
  autorun: false,
  lockDuration: 60_000,
  stalledInterval: 30_000,
  maxStalledCount: 5,
};

@Processor(runSearch.queue, options)
export class RunSearchProcessor extends WorkerHost implements OnModuleDestroy {
  private closing = false;

  constructor(
    @Inject(SearchRunner) private readonly runner: SearchRunner,
    @Inject(ScoringRunner) private readonly scoring: ScoringRunner,
    @Inject(ComputeSlots) private readonly slots: ComputeSlots,
    @Inject(RESOURCES) private readonly resources: Resources,
    @Inject(LOGGER) private readonly log: Logger,
  ) {
    super();
  }

  /** Delivery is at least once: a search that has ended or runs elsewhere is not leased, and the job is done. */
  async process(job: Job): Promise<void> {
    try {
      const { searchId } = parseAs(runSearch.payload, job.data, `job ${job.id}`);
      await this.run(searchId);
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

  /** A search that is only coordinated here takes no share of the machine. */
  private async run(searchId: string): Promise<void> {
    const { spec } = await untilAnswered(
      () => this.resources.searches.get(searchId),
      () => this.closing,
      (err) => this.log.warn({ searchId, err }, 'the search could not be read; trying again'),
    );
    if (isSearchBy(spec, 'zero-cost')) return this.scoring.run(searchId);
    return this.slots.within(() => this.runner.run(searchId));
  }
}
