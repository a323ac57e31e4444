/** @file A space of paths small enough to search inside a unit test; images as in `tinyImages`. */
import { proxylessNasPresets } from '@sextant/contracts';
import type { SearchSpace } from '@sextant/search-space';
import type { ProxylessNasSettings } from '../src/methods/proxyless-nas/settings';

export const tinyPathSpace: SearchSpace = {
  family: 'mbconv',
  name: 'tiny-paths',
  input: { channels: 2 },
  classes: 3,
  activation: 'relu6',
  resolution: [12],
  stem: { width: [6], stride: 1 },
  stages: [
    {
      width: [6],
      depth: [1],
      kernel: [3],
      expansion: [1],
      stride: 1,
      squeezeExcite: false,
    },
    {
      width: [8],
      depth: [1, 2, 3],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 2,
      squeezeExcite: false,
    },
  ],
  perBlock: ['kernel', 'expansion'],
  shortcut: 'identity',
  head: { type: 'plain', width: [12] },
  divisor: 2,
};

export const tinyPathSettings: ProxylessNasSettings = {
  ...proxylessNasPresets.cpu,
  warmUpEpochs: 1,
  searchEpochs: 3,
  trainingEpochs: 1,
  batchSize: 16,
  architectureFraction: 0.34,
  architectureEvery: 1,
};
