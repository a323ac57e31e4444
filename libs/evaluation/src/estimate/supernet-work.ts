/** @file How much a search that trains a supernet computes, phase by phase, from its request alone. */
import { rng } from '@sextant/common';
import type { SearchBy, SupernetMethodName } from '@sextant/contracts';
import type { AnyFamily } from '@sextant/supernet';
import { heldByMethod } from '../held-by-method';

export const supernetPhases = ['training', 'evaluating', 'testing', 'measuring'] as const;
export type SupernetPhase = (typeof supernetPhases)[number];

/** MACs of each phase. A step backward costs about two forward. */
export type SupernetWork = Readonly<Record<SupernetPhase, number>>;

export interface ImageCounts {
  readonly train: number;
  readonly test: number;
}

const draws = 64;
/** Before a latency is measured. */
export const warmUpRuns = 10;
/** One forward, and backward about two. */
export const passesOfStep = 3;

/** Mean over random architectures: random children, and about what is proposed of them. */
function meanMacs(family: AnyFamily): number {
  const draw = rng(0, 'mean-macs');
  const all = Array.from({ length: draws }, () => family.macs(family.sample(draw)));
  return all.reduce((sum, it) => sum + it, 0) / draws;
}

/** MACs of a space's networks. */
interface Sizes {
  readonly smallest: number;
  readonly largest: number;
  readonly mean: number;
}

type BySteps = SearchBy<Exclude<SupernetMethodName, 'proxyless-nas'>>;

/** MACs that one image of one step is worth: children of a sandwich, or the one network of ShiftNAS. */
function macsOfStep({ method }: BySteps, { smallest, largest, mean }: Sizes): number {
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

/** Forward and back to the gates, and every path looked at once more; edges have 7 operations at most usually. */
const operationsPerEdge = 7;
const gatePasses = {
  two: 3,
  recompute: 1 + operationsPerEdge,
  full: 1 + operationsPerEdge,
} as const;

/** One network a step in the search, gates or rewards after some of them; then the network that was found. */
function proxylessMacs(
  { method: { options } }: SearchBy<'proxyless-nas'>,
  { mean }: Sizes,
  train: number,
): number {
  const { warmUpEpochs, searchEpochs, trainingEpochs, architectureFraction } = options;
  const { update, paths, rewardSamples, architectureEvery } = options;
  const searched = train * (1 - architectureFraction);
  const looks = update === 'reinforce' ? rewardSamples : gatePasses[paths];
  const architecture = Math.max(0, searchEpochs - 1) * (looks / architectureEvery);
  const weights = (warmUpEpochs + searchEpochs) * passesOfStep;
  return mean * (searched * (weights + architecture) + train * trainingEpochs * passesOfStep);
}

const isProxyless = (spec: SearchBy<SupernetMethodName>): spec is SearchBy<'proxyless-nas'> =>
  spec.method.name === 'proxyless-nas';

function trainingMacs(spec: SearchBy<SupernetMethodName>, sizes: Sizes, train: number): number {
  if (isProxyless(spec)) return proxylessMacs(spec, sizes, train);
  const steps = spec as BySteps;
  const { epochs, batchSize } = steps.method.options;
  const perEpoch = Math.floor((train * (1 - heldByMethod(spec))) / batchSize);
  const count = Math.max(1, Math.round(epochs * perEpoch));
  return count * batchSize * macsOfStep(steps, sizes);
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
  const { validationFraction, evaluation } = spec;
  const { calibrationImages, latencyRuns } = evaluation;
  const candidates = candidatesOf(spec);
  const validation = Math.round(images.train * validationFraction);
  const train = images.train - validation;
  const mean = meanMacs(family);
  const sizes = {
    smallest: family.macs(family.smallest),
    largest: family.macs(family.largest),
    mean,
  };
  const perCandidate = Math.min(calibrationImages, train) + validation;
  return {
    training: trainingMacs(spec, sizes, train),
    evaluating: candidates * perCandidate * mean,
    testing: candidates * images.test * mean,
    measuring: candidates * (latencyRuns + warmUpRuns) * mean,
  };
}

/** How many networks are evaluated: as many as are asked for, or the one that a search finds. */
export const candidatesOf = (spec: SearchBy<SupernetMethodName>): number =>
  isProxyless(spec) ? 1 : spec.evaluation.candidates;
