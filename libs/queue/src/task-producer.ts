/** @file Tasks on their queue: the shards of a search as one flow, whose parent runs once all have had their turn. */
import { gatherShards, runTask, type TaskId } from '@sextant/contracts';
import type { Dispatch } from '@sextant/persistence';
import { FlowProducer, Queue } from 'bullmq';
import type { QueueConnection } from './connection';

/** BullMQ refuses ":" in ids. */
export const taskJobId = ({ task, occasion }: Dispatch): string =>
  `task-${task.searchId}-${task.kind}-${task.number}-${occasion}`;

/** What has ended is settled in PostgreSQL; a job that could not be done does not hold its parent up. */
const options = { attempts: 1, ignoreDependencyOnFailure: true };

export interface TaskProducer {
  /** Adds jobs unless the same are there already. */
  add(dispatches: readonly Dispatch[]): Promise<void>;
  /** Does the queue still have this job to do? One that has ended is forgotten, so that it can be added again. */
  knows(dispatch: Dispatch): Promise<boolean>;
}

export class BullMqTaskProducer implements TaskProducer {
  readonly queue: Queue<TaskId | { searchId: string }>;
  private readonly flows: FlowProducer;

  constructor({ connection, prefix }: QueueConnection, onError: (error: Error) => void) {
    this.queue = new Queue(runTask.queue, { connection, prefix });
    this.flows = new FlowProducer({ connection, prefix });
    this.queue.on('error', onError);
    this.flows.on('error', onError);
  }

  async add(dispatches: readonly Dispatch[]): Promise<void> {
    const shards = dispatches.filter(({ task }) => task.kind === 'score');
    for (const searchId of new Set(shards.map(({ task }) => task.searchId))) {
      await this.addFlow(
        searchId,
        shards.filter(({ task }) => task.searchId === searchId),
      );
    }
    const others = dispatches.filter(({ task }) => task.kind !== 'score');
    await this.queue.addBulk(others.map(jobOf));
  }

  async knows(dispatch: Dispatch): Promise<boolean> {
    const found = await this.queue.getJob(taskJobId(dispatch));
    if (!found) return false;
    const hasEnded = (await found.isCompleted()) || (await found.isFailed());
    if (hasEnded) await found.remove();
    return !hasEnded;
  }

  /** Removes jobs that ended more than an hour ago. */
  async clean(): Promise<void> {
    const hourMs = 3_600_000;
    await this.queue.clean(hourMs, 10_000, 'completed');
    await this.queue.clean(hourMs, 10_000, 'failed');
  }

  async close(): Promise<void> {
    await this.flows.close();
    await this.queue.close();
  }

  /** All of it or nothing, on Redis and on PostgreSQL. */
  private async addFlow(searchId: string, shards: readonly Dispatch[]): Promise<void> {
    const [first] = shards as [Dispatch];
    await this.flows.add({
      name: gatherShards.name,
      queueName: gatherShards.queue,
      data: { searchId },
      opts: { jobId: `gather-${taskJobId(first)}`, attempts: 1 },
      children: shards.map((dispatch) => ({ ...jobOf(dispatch), queueName: runTask.queue })),
    });
  }
}

const jobOf = (dispatch: Dispatch) => ({
  name: runTask.name,
  data: dispatch.task,
  opts: { ...options, jobId: taskJobId(dispatch) },
});
