/** @file How much a search that trains a supernet computes, phase by phase, from its request alone. */
import { rng } from '@sextant/common';
import type { SearchBy, SupernetMethodName } from '@sextant/contracts';
import type { AnyFamily } from '@sextant/supernet';

export const supernetPhases = ['training', 'evaluating', 'testing', 'measuring'] as const;
export type SupernetPhase = (typeof supernetPhases)[number];

/** MACs of each phase. A step backward costs about two forward. */
export type SupernetWork = Readonly<Record<SupernetPhase, number>>;

export interface ImageCounts {
  readonly train: number;
  readonly test: number;
}

const draws = 64;
const warmUpRuns = 10;
const passesOfStep = 3;

/** Mean over random architectures: random children, and about what is proposed of them. */
function meanMacs(family: AnyFamily): number {
  const draw = rng(0, 'mean-macs');
  const all = Array.from({ length: draws }, () => family.macs(family.sample(draw)));
  return all.reduce((sum, it) => sum + it, 0) / draws;
}

/** MACs that one image of one step is worth: children of a sandwich, or the one network of ShiftNAS. */
function macsOfStep(
  { method }: SearchBy<SupernetMethodName>,
  family: AnyFamily,
  mean: number,
): number {
  const [smallest, largest] = [family.macs(family.smallest), family.macs(family.largest)];
  if (method.name === 'big-nas') {
    const { randomSubnets, sampling, sampledCandidates } = method.options;
    const looks = sampling === 'uniform' ? 0 : randomSubnets * sampledCandidates * mean;
    return passesOfStep * (largest + smallest + randomSubnets * mean) + looks;
  }
  const { sampler, bins, shiftEvery, shiftAfter } = method.options;
  const middle = (smallest + largest) / 2;
  if (sampler === 'op-uniform') return passesOfStep * mean;
  // The losses of all bins with two sets of weights, forward only.
  const looks = ((1 - shiftAfter) * 2 * bins * middle) / shiftEvery;
  return passesOfStep * middle + looks;
}

/**
 * MACs by phase. Training: steps · batch · MACs of a step, backward twice forward. Evaluating: calibration and validation
 * images of every candidate; testing: test images; measuring: single images. All of mean size.
 */
export function supernetWork(
  spec: SearchBy<SupernetMethodName>,
  family: AnyFamily,
  images: ImageCounts,
): SupernetWork {
  const { method, validationFraction, evaluation } = spec;
  const { epochs, batchSize } = method.options;
  const { candidates, calibrationImages, latencyRuns } = evaluation;
  const validation = Math.round(images.train * validationFraction);
  const train = images.train - validation;
  const forShift = method.name === 'shift-nas' ? method.options.shiftFraction : 0;
  const perEpoch = Math.floor((train * (1 - forShift)) / batchSize);
  const steps = Math.max(1, Math.round(epochs * perEpoch));
  const mean = meanMacs(family);
  const perCandidate = Math.min(calibrationImages, train) + validation;
  return {
    training: steps * batchSize * macsOfStep(spec, family, mean),
    evaluating: candidates * perCandidate * mean,
    testing: candidates * images.test * mean,
    measuring: candidates * (latencyRuns + warmUpRuns) * mean,
  };
}
