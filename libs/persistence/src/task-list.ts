/** @file Where the networks of one task of a search are stored: a list that has the form of a search. */
import { isSearchBy, type CreateSearch, type SceneTaskName } from '@sextant/contracts';
import { uuidOfName } from './uuid';

/** Known without asking: it follows from the search and the task. */
export const taskListId = (searchId: string, task: SceneTaskName): string =>
  uuidOfName(`${searchId} ${task}`);

/** Lists of a search; none where it is not for several tasks. */
export const taskListsOf = (
  searchId: string,
  spec: CreateSearch,
): readonly { readonly task: SceneTaskName; readonly id: string }[] =>
  isSearchBy(spec, 'fbnet-v5')
    ? spec.method.options.tasks.map((task) => ({ task, id: taskListId(searchId, task) }))
    : [];
