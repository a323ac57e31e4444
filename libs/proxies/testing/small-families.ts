/** @file Networks small enough for a test, one of each kind, and a batch for them. */
import { rng } from '@sextant/common';
import { globalAvgPool, linear, relu, reshape, toPlain, type Value } from '@sextant/engine';
import { constant, normal } from '@sextant/networks';
import type { SearchSpace } from '@sextant/search-space';
import { cellFamily } from '../src/zero-cost/families/cell-family';
import type { NetworkFamily } from '../src/zero-cost/network/network-family';

/** One cell a stage on 8×8 images. */
export const smallCells = cellFamily({
  inChannels: 3,
  channels: 8,
  cellsPerStage: 1,
  classes: 4,
  height: 8,
  width: 8,
});

/** The same, every cell in a graph of its own. */
export const separateCells: typeof smallCells = { ...smallCells, elastic: null };

export const smallSpace: SearchSpace = {
  family: 'mbconv',
  name: 'small-inverted-residuals',
  input: { channels: 3 },
  classes: 4,
  activation: 'relu6',
  resolution: [8],
  stem: { width: [8], stride: 1 },
  stages: [
    {
      width: [8, 16],
      depth: [1, 2],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 2,
      squeezeExcite: true,
    },
  ],
  perBlock: [],
  shortcut: 'identity',
  head: { type: 'plain', width: [16] },
  divisor: 8,
};

export const smallTransformers = {
  classes: 4,
  patch: 4,
  headSize: 4,
  embedding: [8, 12],
  depth: [1, 2],
  heads: [1, 2],
  mlpRatio: [2],
};

/** Two linear layers 2 → 2 → 1 with a ReLU between, without biases: [1,2,1,1] → [1,1]. */
export const twoLayers: NetworkFamily<null> = {
  classes: 1,
  imageOf: () => ({ channels: 2, height: 1, width: 1 }),
  elastic: null,
  has: () => true,
  build(x: Value, _architecture, { tensor }) {
    const rows = reshape(toPlain(x), [1, 2]);
    const first = tensor('first.weight', [2, 2], normal(1));
    const second = tensor('second.weight', [1, 2], normal(1));
    return linear(relu(linear(rows, first)), second);
  },
};

/** One linear layer 2 → 1 without bias. */
export const oneLayer: NetworkFamily<null> = {
  ...twoLayers,
  build: (x, _architecture, { tensor }) =>
    linear(reshape(toPlain(x), [1, 2]), tensor('only.weight', [1, 2], normal(1))),
};

/** Two linear layers of which the first has a bias. */
export const biased: NetworkFamily<null> = {
  ...twoLayers,
  build(x, _architecture, { tensor }) {
    const rows = reshape(toPlain(x), [1, 2]);
    const first = tensor('first.weight', [2, 2], normal(1));
    const bias = tensor('first.bias', [2], constant(0));
    return linear(relu(linear(rows, first, bias)), tensor('second.weight', [1, 2], normal(1)));
  },
};

/** Normal noise [N,3,8,8] and labels 0..3. */
export function smallBatch(size: number, stream: string) {
  const draw = rng(11, stream);
  return {
    images: Float32Array.from({ length: size * 3 * 64 }, () => draw.normal()),
    labels: Uint8Array.from({ length: size }, () => draw.int(4)),
  };
}

/** ReLU of the image itself, the mean over space, one linear layer: what activations see is known. */
export const rectifier: NetworkFamily<null> = {
  classes: 4,
  imageOf: () => ({ channels: 3, height: 8, width: 8 }),
  elastic: null,
  has: () => true,
  build: (x, _architecture, { tensor }) =>
    linear(globalAvgPool(relu(x)), tensor('only.weight', [4, 3], normal(1))),
};
