/** @file How independent the channels of feature maps are. */
import { defineProxy } from '../define-proxy';
import { correlationOf, eigenvalues, squareMatrix } from '../linear-algebra';
import type { ChannelProducts } from '../quantities';

/** Smallest eigenvalue of the correlation of channels; a channel that is constant correlates with none. */
export function smallestEigenvalue({ channels, products }: ChannelProducts): number {
  const correlation = correlationOf(squareMatrix(products, channels));
  for (let i = 0; i < channels; i++) {
    for (let j = 0; j < channels; j++) {
      if (!Number.isFinite(correlation.get(i, j))) correlation.set(i, j, 0);
    }
  }
  return eigenvalues(correlation)[0] as number;
}

/**
 * Σ over feature maps of the smallest eigenvalue of the Pearson correlation of their channels, for one random image of 64×64.
 * A map with more channels than pixels contributes 0.
 * Differs: outputs of convolutions, normalisations and ReLUs, each once; the published code also takes every container.
 * @see Jiang et al. 2023, MeCo, NeurIPS 2023
 */
export const meco = defineProxy({
  name: 'meco',
  title: 'MeCo: correlation of channels',
  direction: 'maximize',
  data: 'gaussian',
  passes: '1 forward on one image of 64×64',
  nodeOf: null,
  reference:
    'Jiang et al. 2023, MeCo: Zero-Shot NAS with One Data and Single Forward Pass, NeurIPS',
  needs: ['channelProducts'],
  evaluate: ({ channelProducts }) => ({
    score: channelProducts.map(smallestEigenvalue).reduce((a, b) => a + b, 0),
    nodes: null,
  }),
});
