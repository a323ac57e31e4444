/** @file The space of ProxylessNAS for ImageNet, and two of its kind for small images. */
import type { SearchSpace, Stage } from '../search-space';

const stage = (width: number, deepest: number, stride: 1 | 2): Stage => ({
  width: [width],
  depth: Array.from({ length: deepest }, (_, at) => at + 1),
  kernel: [3, 5, 7],
  expansion: [3, 6],
  stride,
  squeezeExcite: false,
});

/** The block that every network starts with. */
const first = (width: number): Stage => ({
  ...stage(width, 1, 1),
  kernel: [3],
  expansion: [1],
});

const common = {
  family: 'mbconv',
  activation: 'relu6',
  perBlock: ['kernel', 'expansion'],
  shortcut: 'identity',
} as const;

/**
 * 21 positions: kernels 3, 5, 7 × expansions 3, 6 each, 15 of them may be left out.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 §4.2
 */
export const proxylessNas: SearchSpace = {
  ...common,
  perBlock: [...common.perBlock],
  name: 'proxyless-nas',
  input: { channels: 3 },
  classes: 1000,
  resolution: [224],
  stem: { width: [32], stride: 2 },
  stages: [
    first(16),
    stage(24, 4, 2),
    stage(40, 4, 2),
    stage(80, 4, 2),
    stage(96, 4, 1),
    stage(192, 4, 2),
    stage(320, 1, 1),
  ],
  head: { type: 'plain', width: [1280] },
  divisor: 8,
};

/** 7 positions to choose for, 4 of which may be left out. */
export const proxylessFashionMnist: SearchSpace = {
  ...common,
  perBlock: [...common.perBlock],
  name: 'proxyless-fashion-mnist-v1',
  input: { channels: 1 },
  classes: 10,
  resolution: [28],
  stem: { width: [12], stride: 2 },
  stages: [first(12), stage(20, 3, 2), stage(40, 3, 2), stage(48, 1, 1)],
  head: { type: 'plain', width: [] },
  divisor: 4,
};

/** 10 positions to choose for, 6 of which may be left out. */
export const proxylessCifar10: SearchSpace = {
  ...common,
  perBlock: [...common.perBlock],
  name: 'proxyless-cifar10-v1',
  input: { channels: 3 },
  classes: 10,
  resolution: [32],
  stem: { width: [16], stride: 1 },
  stages: [first(12), stage(20, 3, 2), stage(32, 3, 2), stage(56, 3, 2), stage(72, 1, 1)],
  head: { type: 'plain', width: [] },
  divisor: 4,
};
