/** @file Where the networks of one task of a search are stored: a list that has the form of a search. */
import { createHash } from 'node:crypto';
import { isSearchBy, type CreateSearch, type SceneTaskName } from '@sextant/contracts';

/** A name-based identifier: SHA-256 of the search's id and the task. @see RFC 9562 §5.8 */
export function taskListId(searchId: string, task: SceneTaskName): string {
  const bytes = createHash('sha256').update(`${searchId} ${task}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Lists of a search; none where it is not for several tasks. */
export const taskListsOf = (
  searchId: string,
  spec: CreateSearch,
): readonly { readonly task: SceneTaskName; readonly id: string }[] =>
  isSearchBy(spec, 'fbnet-v5')
    ? spec.method.options.tasks.map((task) => ({ task, id: taskListId(searchId, task) }))
    : [];
