/** @file The sizes of every layer of one architecture: what is counted, sliced, trained, exported and hashed. */
import type { Architecture } from './architecture';
import type { SearchSpace } from './search-space';

/** How a block's input reaches its output around the convolutions. */
export type Shortcut = 'identity' | 'pool' | 'pool-conv' | 'none';

export interface BlockShape {
  readonly stage: number;
  readonly block: number;
  readonly inChannels: number;
  readonly midChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly inSize: number;
  readonly outSize: number;
  /** Without an expansion convolution the depthwise one sees the input itself. */
  readonly hasExpansion: boolean;
  /** Channels of the squeeze; 0: no squeeze-and-excite. */
  readonly squeezeChannels: number;
  readonly shortcut: Shortcut;
}

export interface NetworkShape {
  readonly resolution: number;
  readonly inChannels: number;
  readonly classes: number;
  readonly activation: SearchSpace['activation'];
  readonly stem: {
    readonly outChannels: number;
    readonly stride: number;
    readonly outSize: number;
  };
  readonly blocks: readonly BlockShape[];
  readonly head: {
    readonly type: 'plain' | 'v3';
    readonly inChannels: number;
    /** Expansion before pooling in a v3 head; 0 in a plain one. */
    readonly expandedChannels: number;
    /** Channels the classifier sees. */
    readonly outChannels: number;
    readonly hasConv: boolean;
    readonly size: number;
  };
}

/**
 * v rounded to a multiple of d, never below d nor more than 10 % below v.
 * n = max(d, ⌊(v + d/2)/d⌋·d); n + d where n < 0.9·v.
 * @see Howard et al. 2019, MobileNetV3, arXiv:1905.02244 — reference code
 */
export function makeDivisible(value: number, divisor = 8): number {
  const nearest = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * value ? nearest + divisor : nearest;
}

/** Channels between the two layers of a squeeze-and-excite: a quarter of what it scales, in multiples of 8. */
export const squeezeWidth = (channels: number): number => makeDivisible(Math.floor(channels / 4));

/** ⌈size / stride⌉, the size after a convolution padded by half its odd kernel. */
const strided = (size: number, stride: number): number => Math.ceil(size / stride);

/** Sizes of every layer, in order. The architecture must be one of the space (`encode` checks that). */
export function networkShape(space: SearchSpace, architecture: Architecture): NetworkShape {
  const stemSize = strided(architecture.resolution, space.stem.stride);
  let inChannels = architecture.stemWidth;
  let inSize = stemSize;
  const blocks = architecture.stages.flatMap((choice, at) => {
    const stage = space.stages[at] as SearchSpace['stages'][number];
    return choice.blocks.map((block, index): BlockShape => {
      const stride = index === 0 ? stage.stride : 1;
      const hasExpansion = block.expansion !== 1;
      const midChannels = hasExpansion
        ? makeDivisible(Math.round(inChannels * block.expansion), space.divisor)
        : inChannels;
      const outChannels = choice.width;
      const shape: BlockShape = {
        stage: at,
        block: index,
        inChannels,
        midChannels,
        outChannels,
        kernel: block.kernel,
        stride,
        inSize,
        outSize: strided(inSize, stride),
        hasExpansion,
        squeezeChannels: stage.squeezeExcite ? squeezeWidth(midChannels) : 0,
        shortcut: shortcutOf(space, inChannels, outChannels, stride, index),
      };
      inChannels = outChannels;
      inSize = shape.outSize;
      return shape;
    });
  });
  return {
    resolution: architecture.resolution,
    inChannels: space.input.channels,
    classes: space.classes,
    activation: space.activation,
    stem: { outChannels: architecture.stemWidth, stride: space.stem.stride, outSize: stemSize },
    blocks,
    head: {
      type: space.head.type,
      inChannels,
      expandedChannels: space.head.type === 'v3' ? 6 * inChannels : 0,
      outChannels: architecture.headWidth ?? inChannels,
      hasConv: architecture.headWidth !== null,
      size: inSize,
    },
  };
}

/** Spaces without shortcut convolutions have none around the first block of a stage, whatever its width. */
function shortcutOf(
  space: SearchSpace,
  cIn: number,
  cOut: number,
  stride: number,
  block: number,
): Shortcut {
  if (space.shortcut === 'identity') return block > 0 ? 'identity' : 'none';
  if (cIn !== cOut) return 'pool-conv';
  return stride === 1 ? 'identity' : 'pool';
}
