/** @file Results asked of a search for several tasks, which has a list for each and none of its own. */
import { ValidationError } from '@sextant/common';
import { taskListsOf, type SearchRepository } from '@sextant/persistence';

/** Asked where nothing was found. @throws {ValidationError} with the addresses of the lists */
export async function requireOneList(searches: SearchRepository, searchId: string): Promise<void> {
  const { spec, parentId } = await searches.get(searchId);
  const lists = parentId === null ? taskListsOf(searchId, spec) : [];
  if (lists.length === 0) return;
  const places = lists.map(({ task, id }) => `${task} at /v1/searches/${id}`);
  throw new ValidationError(
    `this search ranks the networks of each task by themselves: ask for ${places.join(', ')}`,
  );
}
