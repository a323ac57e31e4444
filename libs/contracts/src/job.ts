/** @file Job kinds: a job carries ids, never state. */
import { z } from 'zod';

export const runSearch = {
  queue: 'searches',
  name: 'run-search',
  payload: z.strictObject({ searchId: z.uuid() }),
} as const;
export type RunSearchPayload = z.infer<typeof runSearch.payload>;
