/** @file A search space whose largest network is MBNet, the network of the engine's benchmarks, at 3×32×32. */
import type { SearchSpace } from '@sextant/search-space';

const stage = { squeezeExcite: false } as const;

export const mbNetSpace: SearchSpace = {
  family: 'mbconv',
  name: 'mb-net',
  input: { channels: 3 },
  classes: 10,
  activation: 'relu6',
  resolution: [24, 28, 32],
  stem: { width: [16], stride: 1 },
  stages: [
    { ...stage, width: [16], depth: [1], kernel: [3, 5], expansion: [2, 3], stride: 1 },
    { ...stage, width: [16, 24], depth: [1, 2], kernel: [3, 5], expansion: [2, 4], stride: 2 },
    { ...stage, width: [24, 40], depth: [1, 2], kernel: [3, 5], expansion: [2, 4], stride: 2 },
    { ...stage, width: [40, 64], depth: [1, 2], kernel: [3, 5], expansion: [3, 6], stride: 2 },
  ],
  perBlock: [],
  shortcut: 'identity',
  head: { type: 'plain', width: [] },
  divisor: 8,
};
