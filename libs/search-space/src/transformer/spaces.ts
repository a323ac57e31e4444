/** @file The spaces of vision transformers that come with Sextant, by name. */
import type { TransformerSpace } from './transformer-space';

/** @see Chen et al. 2021, AutoFormer, arXiv:2107.00651, Table 1 — supernet-tiny, without its choice of query widths */
const autoFormerTiny: TransformerSpace = {
  family: 'transformer',
  name: 'autoformer-tiny',
  input: { channels: 3 },
  classes: 1000,
  resolution: 224,
  patch: 16,
  headSize: 64,
  embedding: [192, 216, 240],
  depth: [12, 13, 14],
  heads: [3, 4],
  mlpRatio: [3.5, 4],
};

/** Small enough to train in minutes on two cores: 28×28 grey images, ten classes. */
const fashionMnist: TransformerSpace = {
  family: 'transformer',
  name: 'vit-fashion-mnist-v1',
  input: { channels: 1 },
  classes: 10,
  resolution: 28,
  patch: 4,
  headSize: 16,
  embedding: [32, 48, 64],
  depth: [2, 3, 4],
  heads: [1, 2, 3, 4],
  mlpRatio: [1, 2, 3],
};

export const transformerSpaces = {
  'autoformer-tiny': autoFormerTiny,
  'vit-fashion-mnist-v1': fashionMnist,
} as const;

export type TransformerSpaceName = keyof typeof transformerSpaces;

export const isTransformerSpaceName = (name: string): name is TransformerSpaceName =>
  Object.hasOwn(transformerSpaces, name);
