/** @file Scenes of a data set, and each task of a search with their labels. */
import type { SceneTaskName } from '@sextant/contracts';
import {
  bindTask,
  classification,
  detection,
  gatherImages,
  segmentation,
  type BoundTask,
  type Box,
  type ImageFormat,
  type Images,
  type TaskHead,
} from '@sextant/supernet';

/** Size of the scenes, and how many classes of things are in them. */
export interface SceneShape extends ImageFormat {
  readonly classes: number;
}

export interface Scenes {
  readonly count: number;
  readonly images: Uint8Array;
  readonly masks: Uint8Array;
  readonly labels: Uint8Array;
  readonly boxes: readonly (readonly Box[])[];
}

/** Some scenes, and the tasks with their labels, in the order they were named. */
export interface LabelledScenes {
  readonly images: Images;
  readonly tasks: readonly BoundTask[];
}

const tasksOf = ({ classes, height, width }: SceneShape) => ({
  classification: classification({ classes }),
  // the background is a class of pixels
  segmentation: segmentation({ classes: classes + 1, height, width }),
  detection: detection({ classes, height, width }),
});

export const sceneHeads = (
  names: readonly SceneTaskName[],
  shape: SceneShape,
): readonly TaskHead[] => names.map((name) => tasksOf(shape)[name]);

/** The scenes at `indices`. */
export function labelledScenes(
  names: readonly SceneTaskName[],
  shape: SceneShape,
  set: Scenes,
  indices: readonly number[],
): LabelledScenes {
  const tasks = tasksOf(shape);
  const pixels = shape.height * shape.width;
  const bound: Readonly<Record<SceneTaskName, () => BoundTask>> = {
    classification: () =>
      bindTask(
        tasks.classification,
        indices.map((at) => set.labels[at] as number),
      ),
    segmentation: () =>
      bindTask(
        tasks.segmentation,
        indices.map((at) => set.masks.subarray(at * pixels, (at + 1) * pixels)),
      ),
    detection: () =>
      bindTask(
        tasks.detection,
        indices.map((at) => set.boxes[at] ?? []),
      ),
  };
  return {
    images: { count: indices.length, images: gatherImages(set, indices, shape.width) },
    tasks: names.map((name) => bound[name]()),
  };
}
