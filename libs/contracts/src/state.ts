/** @file States of a search and every move between them; API, worker and UI share this one table. */
import { IllegalTransitionError } from '@sextant/common';
import { z } from 'zod';

export const SearchState = z.enum([
  'queued',
  'leased',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'quarantined',
]);
export type SearchState = z.infer<typeof SearchState>;

/** Moves that may happen. Terminal states have none: they never change. */
export const transitions: Readonly<Record<SearchState, readonly SearchState[]>> = {
  queued: ['leased', 'cancelled'],
  leased: ['running', 'queued', 'cancelling', 'failed', 'quarantined'],
  running: ['succeeded', 'failed', 'quarantined', 'queued', 'pausing', 'cancelling'],
  pausing: ['paused', 'queued', 'cancelling', 'succeeded', 'failed', 'quarantined'],
  paused: ['queued', 'cancelled'],
  cancelling: ['cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
  quarantined: [],
};

export const isTerminal = (state: SearchState): boolean => transitions[state].length === 0;

/** @throws {IllegalTransitionError} the table does not list the move */
export function requireTransition(from: SearchState, to: SearchState): void {
  if (transitions[from].includes(to)) return;
  const allowed = transitions[from].join(', ') || 'nothing: it is final';
  throw new IllegalTransitionError(
    `a search that is ${from} cannot become ${to}; from ${from}: ${allowed}`,
  );
}
