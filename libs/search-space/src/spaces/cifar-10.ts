/** @file A space for colour images of 32×32 that two processor cores train within an hour. */
import type { SearchSpace } from '../search-space';

export const cifar10: SearchSpace = {
  family: 'mbconv',
  name: 'mbconv-cifar10-v1',
  input: { channels: 3 },
  classes: 10,
  activation: 'relu6',
  resolution: [24, 28, 32],
  stem: { width: [12, 16], stride: 1 },
  stages: [
    {
      width: [16, 24],
      depth: [1, 2],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 2,
      squeezeExcite: false,
    },
    {
      width: [24, 32, 40],
      depth: [1, 2, 3],
      kernel: [3, 5],
      expansion: [2, 3, 4],
      stride: 2,
      squeezeExcite: false,
    },
    {
      width: [48, 64, 80],
      depth: [1, 2],
      kernel: [3, 5],
      expansion: [2, 3, 4],
      stride: 2,
      squeezeExcite: false,
    },
  ],
  perBlock: ['kernel'],
  shortcut: 'identity',
  head: { type: 'plain', width: [] },
  divisor: 4,
};
