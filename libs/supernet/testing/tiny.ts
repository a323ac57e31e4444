/** @file A space and images small enough to train inside a unit test. */
import { rng } from '@sextant/common';
import { bigNasPresets } from '@sextant/contracts';
import type { SearchSpace } from '@sextant/search-space';
import type { LabelledImages } from '../src/image-batches';
import type { BigNasSettings } from '../src/methods/big-nas/trainer';

export const tinySpace: SearchSpace = {
  family: 'mbconv',
  name: 'tiny',
  input: { channels: 2 },
  classes: 3,
  activation: 'relu6',
  resolution: [8, 12],
  stem: { width: [4, 8], stride: 1 },
  stages: [
    {
      width: [4, 8],
      depth: [1, 2],
      kernel: [3, 5],
      expansion: [1],
      stride: 1,
      squeezeExcite: false,
    },
    {
      width: [8, 12],
      depth: [1, 3],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 2,
      squeezeExcite: false,
    },
  ],
  perBlock: ['kernel', 'expansion'],
  shortcut: 'identity',
  head: { type: 'plain', width: [12, 16] },
  divisor: 4,
};

export const tinyFormat = {
  channels: 2,
  height: 12,
  width: 12,
  mean: [0.5, 0.4],
  standardDeviation: [0.3, 0.2],
};

/** Noise in which class k is brighter in the k-th third of its rows. */
export function tinyImages(count: number, seed = 1): LabelledImages {
  const draw = rng(seed, 'tiny images');
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  const images = Uint8Array.from({ length: count * 288 }, (_, at) => {
    const label = labels[Math.floor(at / 288)] as number;
    const row = Math.floor((at % 144) / 12);
    return Math.floor(row / 4) === label ? 120 + draw.int(130) : draw.int(160);
  });
  return { count, images, labels };
}

export const tinySettings: BigNasSettings = {
  ...bigNasPresets.cpu,
  epochs: 4,
  batchSize: 16,
  randomSubnets: 1,
  weightDecay: 1e-4,
};
