/** @file What a search for several tasks starts from, checked before any time is spent. */
import { ValidationError, type Rng } from '@sextant/common';
import type { FbNetV5Options } from '@sextant/contracts';
import type { Lowerings } from '@sextant/engine';
import type { TopologySpace } from '@sextant/search-space';
import type { BeforeRun } from '../../evaluate-child';
import type { ImageFormat } from '../../pass-graph';
import type { Images } from './evaluate-network';
import { requirePlan } from './network-plan';
import type { BoundTask } from './scene-task';

export type FbNetV5Settings = Omit<FbNetV5Options, 'checkpointSeconds'>;

/** A task, and where its labels of the images that are searched on come from. */
export interface TaskSource {
  /** With labels of those images, or of `target`. */
  readonly task: BoundTask;
  /** Images that a teacher of this task learns from, to label the others. Absent: the labels are given. */
  readonly target?: Images;
}

export interface FbNetV5Input {
  readonly space: TopologySpace;
  readonly format: ImageFormat;
  /** Searched on; part of them is held out for the distributions. */
  readonly images: Images;
  readonly tasks: readonly TaskSource[];
  readonly settings: FbNetV5Settings;
  readonly seed: number;
  readonly threads: number;
  readonly lowerings: Lowerings;
  /** Called before each batch that a teacher labels; what it throws ends the step. */
  readonly beforeRun?: BeforeRun;
}

/** Indices of the images that train the weights, and of those that move the distributions. */
export interface Parts {
  readonly train: readonly number[];
  readonly heldOut: readonly number[];
}

/** @throws {ValidationError} one part is smaller than a batch */
export function dividedImages(
  { images, settings }: Pick<FbNetV5Input, 'images' | 'settings'>,
  rng: Rng,
): Parts {
  const order = rng.shuffle(Array.from({ length: images.count }, (_, index) => index));
  const heldOutCount = Math.round(images.count * settings.heldOutFraction);
  const [heldOut, train] = [order.slice(0, heldOutCount), order.slice(heldOutCount)];
  const smaller = Math.min(heldOut.length, train.length);
  if (smaller >= settings.batchSize) return { train, heldOut };
  throw new ValidationError(
    `${images.count} images leave ${smaller} in one part, fewer than a batch of ${settings.batchSize}`,
    [{ pointer: '/batchSize', message: `at most ${smaller}` }],
  );
}

/**
 * @throws {ShapeError} the images do not fit the space
 * @throws {ValidationError} a task has not one label an image, or a weight is for no task
 */
export function requireInput({ space, format, images, tasks, settings }: FbNetV5Input): void {
  requirePlan({ space, format, tasks: tasks.map(({ task }) => task) });
  const pixels = format.channels * format.height * format.width;
  const sets = [{ name: 'images', set: images }].concat(
    tasks.flatMap(({ task, target }) => (target ? [{ name: task.name, set: target }] : [])),
  );
  for (const { name, set } of sets) {
    if (set.images.length === set.count * pixels) continue;
    throw new ValidationError(
      `${name}: ${set.images.length} bytes are not ${set.count} images of ${pixels}`,
    );
  }
  for (const { task, target } of tasks) {
    const { count } = target ?? images;
    if (task.count !== count) {
      throw new ValidationError(`${task.name}: ${task.count} labels for ${count} images`);
    }
    if (target && count < settings.batchSize) {
      throw new ValidationError(
        `${task.name}: its teacher has ${count} images, fewer than a batch of ${settings.batchSize}`,
      );
    }
  }
  for (const name of Object.keys(settings.taskWeights)) {
    if (tasks.some(({ task }) => task.name === name)) continue;
    throw new ValidationError(`taskWeights: there is no task ${name}`, [
      { pointer: `/taskWeights/${name}`, message: 'no such task' },
    ]);
  }
}
