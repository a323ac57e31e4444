/** @file A space of vision transformers for the images of `tiny.ts`. */
import type { TransformerSpace } from '@sextant/search-space';

export const tinyTransformer: TransformerSpace = {
  family: 'transformer',
  name: 'tiny-transformer',
  input: { channels: 2 },
  classes: 3,
  resolution: 12,
  patch: 4,
  headSize: 4,
  embedding: [8, 12, 16],
  depth: [1, 2, 3],
  heads: [1, 2],
  mlpRatio: [1, 2.5],
};
