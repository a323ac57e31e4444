/** @file What services know of the queue: a search can be put on it. */
import { runSearch, type RunSearchPayload } from '@sextant/contracts';
import { Queue } from 'bullmq';
import type { QueueConnection } from './connection';

export interface SearchJob {
  readonly searchId: string;
  /** Distinguishes one queuing of a search from the next. */
  readonly occasion: number;
}

export interface JobProducer {
  /** Adds a job unless the same is there already. */
  add(job: SearchJob): Promise<void>;
  /** Does the queue still have this job to do? One that has ended is forgotten, so that it can be added again. */
  knows(job: SearchJob): Promise<boolean>;
  close(): Promise<void>;
}

/** BullMQ refuses ":" in ids. */
export const jobIdOf = ({ searchId, occasion }: SearchJob): string =>
  `search-${searchId}-${occasion}`;

export class BullMqJobProducer implements JobProducer {
  readonly queue: Queue<RunSearchPayload>;

  constructor({ connection, prefix }: QueueConnection, onError: (error: Error) => void) {
    this.queue = new Queue<RunSearchPayload>(runSearch.queue, { connection, prefix });
    this.queue.on('error', onError);
  }

  async add(job: SearchJob): Promise<void> {
    await this.queue.add(
      runSearch.name,
      { searchId: job.searchId },
      { jobId: jobIdOf(job), attempts: 1 },
    );
  }

  async knows(job: SearchJob): Promise<boolean> {
    const found = await this.queue.getJob(jobIdOf(job));
    if (!found) return false;
    const hasEnded = (await found.isCompleted()) || (await found.isFailed());
    if (hasEnded) await found.remove();
    return !hasEnded;
  }

  /** Removes jobs that ended more than an hour ago. */
  async clean(): Promise<void> {
    const hourMs = 3_600_000;
    await this.queue.clean(hourMs, 1000, 'completed');
    await this.queue.clean(hourMs, 1000, 'failed');
  }

  close(): Promise<void> {
    return this.queue.close();
  }
}
