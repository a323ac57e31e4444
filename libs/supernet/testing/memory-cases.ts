/** @file Spaces, and images for them, on which predicted memory is held against measured memory. */
import { searchSpaces, transformerSpaces, type SearchSpace } from '@sextant/search-space';
import type { AnySpace } from '../src/families';
import type { ImageFormat } from '../src/pass-graph';
import { mbNetSpace } from './mb-net-space';
import { tinyFormat, tinySpace } from './tiny';

const square = (channels: number, side: number): ImageFormat => ({
  channels,
  height: side,
  width: side,
  mean: Array.from({ length: channels }, () => 0.5),
  standardDeviation: Array.from({ length: channels }, () => 0.25),
});

/** One network: every choice of MBNet's space at its largest. */
const fixedSpace: SearchSpace = {
  ...mbNetSpace,
  name: 'mb-net-fixed',
  resolution: mbNetSpace.resolution.slice(-1),
  stages: mbNetSpace.stages.map((stage) => ({
    ...stage,
    width: stage.width.slice(-1),
    depth: stage.depth.slice(-1),
    kernel: stage.kernel.slice(-1),
    expansion: stage.expansion.slice(-1),
  })),
};

export type MemoryCase = 'tiny' | 'fashionMnist' | 'mbNet' | 'fixed' | 'transformer' | 'paths';

export const memoryCases = {
  tiny: { space: tinySpace, format: tinyFormat },
  fashionMnist: { space: searchSpaces['mbconv-fashion-mnist-v1'], format: square(1, 28) },
  mbNet: { space: mbNetSpace, format: square(3, 32) },
  fixed: { space: fixedSpace, format: square(3, 32) },
  paths: { space: searchSpaces['proxyless-cifar10-v1'], format: square(3, 32) },
  transformer: { space: transformerSpaces['vit-fashion-mnist-v1'], format: square(1, 28) },
} as const satisfies Record<MemoryCase, { readonly space: AnySpace; readonly format: ImageFormat }>;
