/** @file Scenes of garments, and the three tasks on them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openScenes, type SceneSet } from '@sextant/datasets';
import {
  bindTask,
  classification,
  detection,
  segmentation,
  type BoundTask,
} from '@sextant/supernet';

const classes = 10;

/** Some scenes, and each task with their labels. */
export interface LabelledScenes {
  readonly images: { readonly count: number; readonly images: Uint8Array };
  readonly tasks: Readonly<Record<SceneTaskName, BoundTask>>;
}

export const sceneTaskNames = ['classification', 'segmentation', 'detection'] as const;
export type SceneTaskName = (typeof sceneTaskNames)[number];

/** 6,000 + 1,000 scenes below `SEXTANT_DATA`, else `../shared/data`; null where they are not there. */
export async function openGarments() {
  const folder = path.join(process.env['SEXTANT_DATA'] ?? '../shared/data', 'fashion_scenes');
  if (!existsSync(folder)) return null;
  const scenes = await openScenes(folder, classes);
  const size = { height: scenes.height, width: scenes.width };
  const tasks = {
    classification: classification({ classes }),
    segmentation: segmentation({ classes: classes + 1, ...size }),
    detection: detection({ classes, ...size }),
  };
  const pixels = size.height * size.width;
  /** Scenes `from` ≤ at < `to`. */
  const some = (set: SceneSet, from: number, to: number): LabelledScenes => {
    const each = <T>(of: (at: number) => T): T[] =>
      Array.from({ length: to - from }, (_, at) => of(from + at));
    return {
      images: { count: to - from, images: set.images.subarray(from * pixels, to * pixels) },
      tasks: {
        classification: bindTask(
          tasks.classification,
          each((at) => set.labels[at] as number),
        ),
        segmentation: bindTask(
          tasks.segmentation,
          each((at) => set.masks.subarray(at * pixels, (at + 1) * pixels)),
        ),
        detection: bindTask(
          tasks.detection,
          each((at) => set.boxes[at] ?? []),
        ),
      },
    };
  };
  return { format: scenes, train: scenes.train, test: scenes.test, some };
}
