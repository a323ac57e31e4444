/** @file Is there memory enough for a search for several tasks? Asked before it starts, and by a dry run. */
import type { SearchBy } from '@sextant/contracts';
import type { Lowerings } from '@sextant/engine';
import type { TopologySpace } from '@sextant/search-space';
import { predictMultiTaskBytes } from '@sextant/supernet';
import { sceneHeads, type SceneShape } from './scene-tasks';

export interface TaskMemoryNeed {
  readonly spec: SearchBy<'fbnet-v5'>;
  readonly space: TopologySpace;
  readonly scenes: SceneShape;
  /** Of train and test. */
  readonly sceneCount: number;
  readonly lowerings: Lowerings;
}

/** Scenes as read, and divided into those for training and for validation; test scenes as read and in batches. */
const sceneCopies = 3;

/** Resident bytes of the process that runs the search, at most. */
export function predictTaskSearchBytes(need: TaskMemoryNeed): number {
  const { spec, space, scenes, sceneCount, lowerings } = need;
  const { tasks, ...settings } = spec.method.options;
  // an image, and a class of each of its pixels
  const bytesOfScene = (scenes.channels + 1) * scenes.height * scenes.width;
  const searching = predictMultiTaskBytes({
    ...{ space, format: scenes, settings, lowerings },
    tasks: sceneHeads(tasks, scenes),
  });
  return searching + sceneCopies * sceneCount * bytesOfScene;
}
