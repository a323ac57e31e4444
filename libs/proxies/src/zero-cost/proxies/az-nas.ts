/** @file The components of AZ-NAS: what blocks do to features and to gradients. Its score is a rank in a population. */
import { Matrix } from 'ml-matrix';
import { defineProxy } from '../define-proxy';
import { eigenvalues, squareMatrix } from '../linear-algebra';
import type { BlockFlow, Transport } from '../quantities';

/** −Σ q·log(q + 1e-8) of eigenvalues ≥ 0 as probabilities. */
export function spectralEntropy(values: readonly number[]): number {
  const positive = values.map((value) => Math.max(0, value));
  const total = positive.reduce((a, b) => a + b, 0);
  return positive.map((value) => value / total).reduce((sum, q) => sum - q * Math.log(q + 1e-8), 0);
}

const entropiesOf = (blocks: readonly BlockFlow[]): readonly number[] =>
  blocks.map(({ covariance, channels }) =>
    spectralEntropy(eigenvalues(squareMatrix(covariance, channels))),
  );

/** Largest singular value of A. */
export function spectralNorm({ rows, columns, matrix }: Transport): number {
  const a = Matrix.from1DArray(rows, columns, Array.from(matrix));
  const square = rows < columns ? a.mmul(a.transpose()) : a.transpose().mmul(a);
  return Math.sqrt(Math.max(0, eigenvalues(square).at(-1) as number));
}

/** −σ − 1/(σ + 1e-6) + 2: at most about 0, where a block keeps the size of gradients. */
export const transportScore = (sigma: number): number => -sigma - 1 / (sigma + 1e-6) + 2;

const shared = {
  direction: 'maximize',
  data: 'gaussian',
  nodeOf: null,
  reference: 'Lee & Ham 2024, AZ-NAS, arXiv:2403.19232',
  needs: ['blocks'],
} as const;

/**
 * E = Σ_l s_l, s_l the entropy of the spectrum of the covariance of block l's output; stem included.
 * @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232 §3.1
 */
export const azExpressivity = defineProxy({
  ...shared,
  name: 'az_expressivity',
  title: 'AZ-NAS expressivity',
  passes: '1 forward on 64 images',
  evaluate: ({ blocks }) => ({
    score: entropiesOf(blocks).reduce((a, b) => a + b, 0),
    nodes: null,
  }),
});

/** P = min_l (s_l − s_{l−1}). @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232 §3.2 */
export const azProgressivity = defineProxy({
  ...shared,
  name: 'az_progressivity',
  title: 'AZ-NAS progressivity',
  passes: '1 forward on 64 images',
  evaluate({ blocks }) {
    const entropies = entropiesOf(blocks);
    const steps = entropies.slice(1).map((s, at) => s - (entropies[at] as number));
    return { score: Math.min(...steps), nodes: null };
  },
});

/**
 * T = mean_l(−σ_l − 1/(σ_l + 1e-6) + 2), σ_l the spectral norm of what block l makes of random signs on the way back. −∞ where a
 * block hands on its input untouched.
 * @see Lee & Ham 2024, AZ-NAS, arXiv:2403.19232 §3.3 — Differs: blocks of one shape share their signs
 */
export const azTrainability = defineProxy({
  ...shared,
  name: 'az_trainability',
  title: 'AZ-NAS trainability',
  passes: '1 forward, 1 backward block by block, on 64 images',
  evaluate({ blocks }) {
    const terms = blocks.flatMap(({ transport }) => {
      if (!transport) return [];
      return [transport.isIdentity ? -Infinity : transportScore(spectralNorm(transport))];
    });
    return { score: terms.reduce((a, b) => a + b, 0) / terms.length, nodes: null };
  },
});
