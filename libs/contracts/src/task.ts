/** @file Parts of a search that any worker can do: a shard of its architectures, a predictor, a report. */
import { z } from 'zod';

export const TaskKind = z.enum(['score', 'predict', 'report']);
export type TaskKind = z.infer<typeof TaskKind>;

/** Ended are all but the first two. `quarantined`: three crashes without progress. */
export const TaskState = z.enum([
  'queued',
  'leased',
  'succeeded',
  'failed',
  'cancelled',
  'quarantined',
]);
export type TaskState = z.infer<typeof TaskState>;

/** (search, kind, number) names a task. */
export const TaskId = z.strictObject({ searchId: z.uuid(), kind: TaskKind, number: z.int() });
export type TaskId = z.infer<typeof TaskId>;
