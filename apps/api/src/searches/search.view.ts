/** @file From a stored search to what its owner reads. */
import { isTerminal, SearchView, type SearchState } from '@sextant/contracts';
import type { StoredSearch } from '@sextant/persistence';
import { z } from 'zod';

export const SearchPage = z
  .object({ items: z.array(SearchView), nextCursor: z.string().nullable() })
  .meta({ id: 'SearchPage' });
export type SearchPage = z.infer<typeof SearchPage>;

/** A poller of a running search sees each change soon; one that waits in the queue is asked less often. */
export function pollAfterMs(state: SearchState): number {
  if (isTerminal(state)) return 0;
  return state === 'queued' || state === 'paused' ? 2000 : 1000;
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

export function searchView(search: StoredSearch): SearchView {
  const self = `/v1/searches/${search.id}`;
  return {
    id: search.id,
    name: search.name,
    state: search.state,
    version: search.version,
    spec: search.spec,
    progress: search.progress,
    summary: search.summary,
    error: search.error,
    createdAt: search.createdAt.toISOString(),
    startedAt: iso(search.startedAt),
    finishedAt: iso(search.finishedAt),
    pollAfterMs: pollAfterMs(search.state),
    links: {
      self,
      candidates: `${self}/candidates`,
      best: `${self}/best`,
      cancel: `${self}/cancel`,
    },
  };
}
