/** @file Job kinds: a job carries ids, never state. */
import { z } from 'zod';
import { TaskId } from './task';

export const runSearch = {
  queue: 'searches',
  name: 'run-search',
  payload: z.strictObject({ searchId: z.uuid() }),
} as const;
export type RunSearchPayload = z.infer<typeof runSearch.payload>;

export const runTask = { queue: 'tasks', name: 'run-task', payload: TaskId } as const;

/** Parent of a search's shards in the queue: runs once each has had its turn, and queues what is left. */
export const gatherShards = {
  queue: 'tasks',
  name: 'gather-shards',
  payload: z.strictObject({ searchId: z.uuid() }),
} as const;
