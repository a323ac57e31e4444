/** @file From a stored search to what its owner reads. */
import { isTerminal, SearchView, type SearchState } from '@sextant/contracts';
import { taskListsOf, type StoredSearch } from '@sextant/persistence';
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

const selfOf = (id: string): string => `/v1/searches/${id}`;

/** The lists of a search for several tasks, or the search that such a list belongs to. */
function familyOf({
  id,
  spec,
  parentId,
  task,
}: StoredSearch): Pick<SearchView, 'tasks' | 'parent'> {
  if (parentId !== null && task !== null) {
    return { parent: { task, searchId: parentId, self: selfOf(parentId) } };
  }
  const lists = taskListsOf(id, spec);
  if (lists.length === 0) return {};
  return {
    tasks: lists.map((list) => ({ task: list.task, searchId: list.id, self: selfOf(list.id) })),
  };
}

export function searchView(search: StoredSearch): SearchView {
  const self = selfOf(search.id);
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
    ...familyOf(search),
    links: {
      self,
      candidates: `${self}/candidates`,
      best: `${self}/best`,
      cancel: `${self}/cancel`,
    },
  };
}
