/** @file What a teacher says of images that nobody labelled for its task. */
import { ValidationError } from '@sextant/common';
import type { BeforeRun } from '../../evaluate-child';
import { exportNetwork, type DerivedNetwork } from './derived-models';
import { calibrateNetwork, predictBatches, type Images } from './evaluate-network';
import type { BoundTask } from './scene-task';

/** Images for a teacher's statistics. */
export const calibrationImages = 2048;

export interface Teaching {
  /** Trained for `task` alone, on `target`. */
  readonly network: DerivedNetwork;
  readonly task: BoundTask;
  readonly target: Images;
  /** Least confidence of a label; what is less sure is left out. */
  readonly confidence: number;
}

/**
 * The task with the teacher's predictions for `images` as labels. Deterministic, so they need not be stored.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — pseudo-labels from task-specific teachers
 */
export async function pseudoLabels(
  { network, task, target, confidence }: Teaching,
  images: Images,
  threads: number,
  beforeRun?: BeforeRun,
): Promise<BoundTask> {
  const statistics = await calibrateNetwork(network, target, calibrationImages, threads, beforeRun);
  const labels = task.labeller(confidence);
  const add = (results: Readonly<Record<string, Parameters<typeof labels.add>[0]>>): void =>
    labels.add(results[task.name] ?? {});
  const model = exportNetwork(network, statistics);
  await predictBatches(model, network, images, threads, add, beforeRun);
  const labelled = labels.finish();
  if (labelled.count === images.count) return labelled;
  throw new ValidationError(
    `${task.name}: its decode returned ${labelled.count} predictions for ${images.count} images`,
  );
}
