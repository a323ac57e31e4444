/** @file The BigNAS space for ImageNet, kernel chosen per block. */
import type { SearchSpace } from '../search-space';

/** @see Yu et al. 2020, BigNAS, arXiv:2003.11142, Table 1 */
export const bigNas: SearchSpace = {
  family: 'mbconv',
  name: 'big-nas',
  input: { channels: 3 },
  classes: 1000,
  activation: 'swish',
  resolution: [192, 224, 288, 320],
  stem: { width: [32, 40], stride: 2 },
  stages: [
    { width: [16, 24], depth: [1, 2], kernel: [3], expansion: [1], stride: 1, squeezeExcite: true },
    { width: [24, 32], depth: [2, 3], kernel: [3], expansion: [6], stride: 2, squeezeExcite: true },
    {
      width: [40, 48],
      depth: [2, 3],
      kernel: [3, 5],
      expansion: [6],
      stride: 2,
      squeezeExcite: true,
    },
    {
      width: [80, 88],
      depth: [2, 3, 4],
      kernel: [3, 5],
      expansion: [6],
      stride: 2,
      squeezeExcite: true,
    },
    {
      width: [112, 120, 128],
      depth: [2, 3, 4, 5, 6],
      kernel: [3, 5],
      expansion: [6],
      stride: 1,
      squeezeExcite: true,
    },
    {
      width: [192, 200, 208, 216],
      depth: [2, 3, 4, 5, 6],
      kernel: [3, 5],
      expansion: [6],
      stride: 2,
      squeezeExcite: true,
    },
    {
      width: [320, 352],
      depth: [1, 2],
      kernel: [3, 5],
      expansion: [6],
      stride: 1,
      squeezeExcite: true,
    },
  ],
  perBlock: ['kernel'],
  shortcut: 'identity',
  head: { type: 'plain', width: [1280, 1408] },
  divisor: 8,
};
