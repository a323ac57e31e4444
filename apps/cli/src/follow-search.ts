/** @file Waiting for a search to end, with each change told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTerminal, type SearchView } from '@sextant/contracts';
import type { ApiClient } from './api-client';

const slowestPollMs = 1000;

/**
 * Polls until the search ends.
 * @param signal stops waiting; the search itself goes on
 * @throws the reason of the signal
 * @returns the last view
 */
export async function followSearch(
  api: ApiClient,
  id: string,
  onChange: (search: SearchView) => void,
  signal?: AbortSignal,
): Promise<SearchView> {
  let version = -1;
  for (;;) {
    const search = await api.search(id);
    if (search.version !== version) onChange(search);
    version = search.version;
    if (isTerminal(search.state)) return search;
    const delayMs = Math.min(search.pollAfterMs, slowestPollMs);
    await sleep(delayMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    signal?.throwIfAborted();
  }
}
