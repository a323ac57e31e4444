/** @file Retention of checkpoints: those of a search that has ended for good are of no use to anybody. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SearchState } from '@sextant/contracts';
import { z } from 'zod';

/** Failed and quarantined searches keep theirs: an operator may want to look, or to replay. */
const useless: readonly SearchState[] = ['succeeded', 'cancelled'];

/**
 * Removes `<directory>/<searchId>` of each search that succeeded or was cancelled, and answers their ids.
 * `stateOf` answers null for a search it does not know: that directory is another installation's, and stays.
 */
export async function pruneCheckpoints(
  directory: string,
  stateOf: (searchId: string) => Promise<SearchState | null>,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const pruned: string[] = [];
  for (const name of await readdir(directory)) {
    if (!z.uuid().safeParse(name).success) continue;
    const state = await stateOf(name);
    if (state === null || !useless.includes(state)) continue;
    await rm(path.join(directory, name), { recursive: true, force: true });
    pruned.push(name);
  }
  return pruned;
}
