/** @file A space small enough to train in minutes on two cores: 28×28 grey images, ten classes. */
import type { SearchSpace } from '../search-space';

export const fashionMnist: SearchSpace = {
  family: 'mbconv',
  name: 'mbconv-fashion-mnist-v1',
  input: { channels: 1 },
  classes: 10,
  activation: 'relu6',
  resolution: [20, 24, 28],
  stem: { width: [8, 12, 16], stride: 2 },
  stages: [
    {
      width: [12, 16],
      depth: [1],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 1,
      squeezeExcite: false,
    },
    {
      width: [20, 24, 32],
      depth: [1, 2, 3],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 2,
      squeezeExcite: false,
    },
    {
      width: [40, 48, 64],
      depth: [1, 2],
      kernel: [3, 5],
      expansion: [2, 3],
      stride: 2,
      squeezeExcite: false,
    },
  ],
  perBlock: [],
  shortcut: 'identity',
  head: { type: 'plain', width: [] },
  divisor: 4,
};

/**
 * The same networks at one resolution and with one kernel: at 28×28 these are what children share worst, so all of them are
 * better with inherited weights. See docs/methods.md, BigNAS.
 */
export const fashionMnistV2: SearchSpace = {
  ...fashionMnist,
  name: 'mbconv-fashion-mnist-v2',
  resolution: [28],
  stages: fashionMnist.stages.map((stage) => ({ ...stage, kernel: [3] })),
};
