/** @file Children of a supernet: how accurate they are, and where in their space they lie. */
import type { Rng } from '@sextant/common';
import type { Dataset } from '@sextant/datasets';
import {
  costScaleOf,
  countCorrect,
  predict,
  type AnyArchitecture,
  type AnyFamily,
  type LabelledImages,
} from '@sextant/supernet';

const calibrationImages = 2048;

export interface Child {
  readonly family: AnyFamily;
  readonly architecture: AnyArchitecture;
  readonly theta: Float32Array;
}

/** Percent of `set` that a child tells right, its statistics taken from `train`. */
export async function accuracyOf(
  { family, architecture, theta }: Child,
  dataset: Dataset,
  train: LabelledImages,
  set: LabelledImages,
): Promise<number> {
  const exported = await family.exportChild({
    architecture,
    theta,
    format: dataset,
    calibration: { set: train, images: calibrationImages },
    threads: 1,
  });
  const predictions = await predict(exported({}), set, dataset, 1);
  return (100 * countCorrect(predictions, set.labels)) / set.count;
}

/** Between the smallest network (0) and the largest (1). */
export function costOf(family: AnyFamily, architecture: AnyArchitecture): number {
  const { min, max } = costScaleOf(family);
  return (family.macs(architecture) - min) / (max - min);
}

const proposals = 2000;

/**
 * An architecture whose cost is within `tolerance` of a target: a uniform draw, and single changes that come closer, so
 * that ends of the range are found too. The nearest of what was seen where none is so near.
 */
export function architectureNear(
  family: AnyFamily,
  target: number,
  tolerance: number,
  rng: Rng,
): AnyArchitecture {
  let encoding = [...family.encode(family.sample(rng))];
  const missOf = (candidate: readonly number[]): number =>
    Math.abs(costOf(family, family.decode(candidate)) - target);
  let miss = missOf(encoding);
  for (let at = 0; at < proposals && miss > tolerance; at++) {
    const decision = rng.int(encoding.length);
    const { length } = family.decisions[decision]?.values ?? [];
    const candidate = encoding.map((old, index) =>
      index === decision ? rng.int(length ?? 1) : old,
    );
    const candidateMiss = missOf(candidate);
    if (candidateMiss >= miss) continue;
    [encoding, miss] = [candidate, candidateMiss];
  }
  return family.decode(encoding);
}
