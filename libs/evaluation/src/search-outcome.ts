/** @file How a run of a search in the process that computes ends. */
import type { StopReason, SupernetSummary } from '@sextant/contracts';

export type SearchOutcome =
  | { readonly kind: 'done'; readonly summary: SupernetSummary }
  | { readonly kind: 'stopped'; readonly reason: StopReason };

/** Ends a run from inside a phase; nothing is lost, since each phase stores as it goes. */
export class Stopped extends Error {
  constructor(readonly reason: StopReason) {
    super(`stopped: ${reason}`);
  }
}

/** A run to its end, or to where it was stopped. */
export async function outcomeOf(run: Promise<SupernetSummary>): Promise<SearchOutcome> {
  try {
    return { kind: 'done', summary: await run };
  } catch (error) {
    if (error instanceof Stopped) return { kind: 'stopped', reason: error.reason };
    throw error;
  }
}
