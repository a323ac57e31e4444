/** @file How much a BigNAS search computes, phase by phase, from its request alone. */
import { rng } from '@sextant/common';
import type { SearchBy } from '@sextant/contracts';
import {
  macs,
  maxArchitecture,
  minArchitecture,
  sample,
  type SearchSpace,
} from '@sextant/search-space';

export const bigNasPhases = ['training', 'evaluating', 'testing', 'measuring'] as const;
export type BigNasPhase = (typeof bigNasPhases)[number];

/** MACs of each phase. A step backward costs about two forward. */
export type BigNasWork = Readonly<Record<BigNasPhase, number>>;

export interface ImageCounts {
  readonly train: number;
  readonly test: number;
}

const draws = 64;
const warmUpRuns = 10;
const passesOfStep = 3;

/** Mean over random architectures: random children, and about what is proposed of them. */
function meanMacs(space: SearchSpace): number {
  const draw = rng(0, 'mean-macs');
  const all = Array.from({ length: draws }, () => macs(space, sample(space, draw)));
  return all.reduce((sum, it) => sum + it, 0) / draws;
}

/**
 * MACs by phase. Training: steps · batch · 3 · (largest + smallest + randomSubnets · mean). Evaluating: calibration and
 * validation images of every candidate; testing: test images; measuring: single images. All of mean size.
 */
export function bigNasWork(
  { method, validationFraction, evaluation }: SearchBy<'big-nas'>,
  space: SearchSpace,
  images: ImageCounts,
): BigNasWork {
  const { epochs, batchSize, randomSubnets } = method.options;
  const { candidates, calibrationImages, latencyRuns } = evaluation;
  const validation = Math.round(images.train * validationFraction);
  const train = images.train - validation;
  const steps = Math.max(1, Math.round(epochs * Math.floor(train / batchSize)));
  const mean = meanMacs(space);
  const sandwich =
    macs(space, maxArchitecture(space)) +
    macs(space, minArchitecture(space)) +
    randomSubnets * mean;
  const perCandidate = Math.min(calibrationImages, train) + validation;
  return {
    training: steps * batchSize * passesOfStep * sandwich,
    evaluating: candidates * perCandidate * mean,
    testing: candidates * images.test * mean,
    measuring: candidates * (latencyRuns + warmUpRuns) * mean,
  };
}
