/** @file Adam of scalars that each have steps of their own: what was not sampled keeps its moments and its value. */
import { adamCorrections, adamDefaults, type AdamOptions } from '@sextant/engine';

/** One number of each for every scalar. */
export interface SparseAdamState {
  readonly alpha: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
  /** Steps each scalar has made. */
  readonly steps: Float32Array;
}

/** Without a first moment: one would go on moving paths that are no longer sampled. */
export const architectureAdam: AdamOptions = { ...adamDefaults, beta1: 0 };

/**
 * Adam's step of every scalar that has a gradient, corrected by that scalar's own number of steps; those without (null)
 * stay bit for bit.
 * @see Kingma & Ba 2015, arXiv:1412.6980, Algorithm 1
 * Differs: the authors' code feeds zeros for unsampled paths, which lets their second moments decay.
 */
export function sparseAdam(
  state: SparseAdamState,
  gradients: readonly (number | null)[],
  learningRate: number,
  options: AdamOptions = architectureAdam,
): SparseAdamState {
  const { beta1, beta2, epsilon } = options;
  const [alpha, firstMoment, secondMoment, steps] = [
    state.alpha.slice(),
    state.firstMoment.slice(),
    state.secondMoment.slice(),
    state.steps.slice(),
  ];
  gradients.forEach((gradient, at) => {
    if (gradient === null) return;
    const step = (steps[at] as number) + 1;
    const m = beta1 * (firstMoment[at] as number) + (1 - beta1) * gradient;
    const v = beta2 * (secondMoment[at] as number) + (1 - beta2) * gradient ** 2;
    const { first, second } = adamCorrections(step, options);
    const move = (learningRate * m * first) / (Math.sqrt(v * second) + epsilon);
    alpha[at] = (alpha[at] as number) - move;
    firstMoment[at] = m;
    secondMoment[at] = v;
    steps[at] = step;
  });
  return { alpha, firstMoment, secondMoment, steps };
}
