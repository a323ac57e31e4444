/** @file How many different things the units of a network do over a few images. */
import { defineProxy } from '../define-proxy';
import type { ActivationPatterns } from '../quantities';

/** Number of distinct words. */
export function distinct(patterns: ActivationPatterns): number {
  const sorted = patterns.slice().sort();
  return sorted.reduce((count, word, at) => count + Number(at === 0 || word !== sorted[at - 1]), 0);
}

/**
 * Number of distinct patterns of ReLU units over 32 images (over all, if the batch has fewer): unit u's pattern is which images
 * it is open for. At most 2^images, and at most as many as units.
 * @see Peng et al. 2024, SWAP-NAS, arXiv:2403.04161 §3
 */
export const swap = defineProxy({
  name: 'swap',
  title: 'SWAP: sample-wise activation patterns',
  direction: 'maximize',
  data: 'batch',
  passes: '1 forward on 32 images',
  nodeOf: null,
  reference: 'Peng et al. 2024, arXiv:2403.04161',
  needs: ['patterns'],
  evaluate: ({ patterns }) => ({ score: distinct(patterns), nodes: null }),
});

/** Centre and width of the sizes that are wanted, in the unit of the parameter count given. */
export interface SizePreference {
  readonly mu: number;
  readonly sigma: number;
}

/**
 * swap · exp(−(P − μ)²/σ): SWAP, regularised towards networks of μ parameters. P, μ and √σ in one unit of the caller's choice.
 * @see Peng et al. 2024, arXiv:2403.04161 §3.3
 */
export const regularisedSwap = (
  score: number,
  params: number,
  { mu, sigma }: SizePreference,
): number => score * Math.exp(-((params - mu) ** 2) / sigma);
