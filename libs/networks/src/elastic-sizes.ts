/** @file Sizes of every layer as values of a run-time vector: one graph for all architectures of a space. */
import { elementDim, type Dim } from '@sextant/engine';
import {
  makeDivisible,
  maxArchitecture,
  networkShape,
  squeezeWidth,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';

/** One block slot of the largest network. */
export interface BlockSizes {
  readonly stage: number;
  readonly block: number;
  /** 1 where the block is active; a number where every architecture has it. */
  readonly on: Dim;
  readonly inChannels: Dim;
  readonly midChannels: Dim;
  readonly outChannels: Dim;
  readonly kernel: Dim;
  readonly stride: number;
  readonly hasExpansion: boolean;
  readonly hasShortcut: boolean;
  /** Channels between the two layers of the squeeze-and-excite; null where there is none. */
  readonly squeezeChannels: Dim | null;
}

/** Sizes of a whole network: numbers for one architecture, run-time sizes for a supernet. */
export interface NetworkSizes {
  readonly resolution: Dim;
  readonly inChannels: number;
  readonly classes: number;
  readonly activation: SearchSpace['activation'];
  readonly stem: { readonly outChannels: Dim; readonly stride: number };
  readonly blocks: readonly BlockSizes[];
  /** Channels of the last 1×1 convolution; null where there is none. */
  readonly headChannels: Dim | null;
}

/** Name of the int64 input that carries an architecture. */
export const architectureInput = 'architecture';

const fixedEntries = 3;
const entriesPerBlock = 5;

/** Length of the architecture vector: resolution, stem, head, then [on, mid, kernel, out, squeeze] per block slot. */
export const vectorLength = (space: SearchSpace): number =>
  fixedEntries +
  entriesPerBlock * space.stages.reduce((sum, stage) => sum + (stage.depth.at(-1) as number), 0);

const element = (index: number, choices: readonly number[]): Dim =>
  elementDim(architectureInput, index, choices);

/** All sizes as elements of the architecture vector, with the values each may take. */
export function elasticSizes(space: SearchSpace): NetworkSizes {
  let index = fixedEntries;
  let inChannels = element(1, space.stem.width);
  let inChoices: readonly number[] = space.stem.width;
  const blocks = space.stages.flatMap((stage, at) => {
    const hasExpansion = !stage.expansion.includes(1);
    return Array.from({ length: stage.depth.at(-1) as number }, (_, block): BlockSizes => {
      const mid = hasExpansion
        ? inChoices.flatMap((channels) =>
            stage.expansion.map((t) => makeDivisible(Math.round(channels * t), space.divisor)),
          )
        : inChoices;
      const outChannels = element(index + 3, stage.width);
      const squeezes = mid.map(squeezeWidth);
      const sizes: BlockSizes = {
        stage: at,
        block,
        on: block < (stage.depth[0] as number) ? 1 : element(index, [0, 1]),
        inChannels,
        midChannels: hasExpansion ? element(index + 1, mid) : inChannels,
        outChannels,
        kernel: element(index + 2, stage.kernel),
        stride: block === 0 ? stage.stride : 1,
        hasExpansion,
        hasShortcut: block > 0,
        squeezeChannels: stage.squeezeExcite ? element(index + 4, squeezes) : null,
      };
      index += entriesPerBlock;
      // Blocks of one stage share its width; a later slot reads it from its own entry, which is always set.
      inChannels = outChannels;
      inChoices = stage.width;
      return sizes;
    });
  });
  return {
    resolution: element(0, space.resolution),
    inChannels: space.input.channels,
    classes: space.classes,
    activation: space.activation,
    stem: { outChannels: element(1, space.stem.width), stride: space.stem.stride },
    blocks: shareStageWidth(blocks),
    headChannels: space.head.width.length > 0 ? element(2, space.head.width) : null,
  };
}

/** Every block of a stage names its width by the stage's first block, so that sizes compare equal. */
function shareStageWidth(blocks: readonly BlockSizes[]): BlockSizes[] {
  const widths = new Map(
    blocks.filter(({ block }) => block === 0).map((b) => [b.stage, b.outChannels]),
  );
  return blocks.map((block) => {
    const width = widths.get(block.stage) as Dim;
    const before = block.block === 0 ? widths.get(block.stage - 1) : width;
    const inChannels = before ?? block.inChannels;
    return {
      ...block,
      inChannels,
      midChannels: block.hasExpansion ? block.midChannels : inChannels,
      outChannels: width,
    };
  });
}

/** The architecture vector of one architecture. Entries of absent blocks hold the smallest legal values. */
export function architectureVector(space: SearchSpace, architecture: Architecture): BigInt64Array {
  const shape = networkShape(space, architecture);
  const vector = [architecture.resolution, architecture.stemWidth, architecture.headWidth ?? 0];
  space.stages.forEach((stage, at) => {
    for (let block = 0; block < (stage.depth.at(-1) as number); block++) {
      const active = shape.blocks.find((it) => it.stage === at && it.block === block);
      const sibling = active ?? shape.blocks.find((it) => it.stage === at);
      vector.push(
        active ? 1 : 0,
        sibling?.midChannels ?? 1,
        sibling?.kernel ?? 1,
        sibling?.outChannels ?? 1,
        sibling?.squeezeChannels || 1,
      );
    }
  });
  return BigInt64Array.from(vector.map(BigInt));
}

/** Sizes of one architecture as plain numbers; absent blocks are left out. */
export function staticSizes(space: SearchSpace, architecture: Architecture): NetworkSizes {
  const shape = networkShape(space, architecture);
  return {
    resolution: shape.resolution,
    inChannels: shape.inChannels,
    classes: shape.classes,
    activation: shape.activation,
    stem: { outChannels: shape.stem.outChannels, stride: shape.stem.stride },
    blocks: shape.blocks.map((block) => ({
      stage: block.stage,
      block: block.block,
      on: 1,
      inChannels: block.inChannels,
      midChannels: block.midChannels,
      outChannels: block.outChannels,
      kernel: block.kernel,
      stride: block.stride,
      hasExpansion: block.hasExpansion,
      hasShortcut: block.shortcut === 'identity',
      squeezeChannels: block.squeezeChannels || null,
    })),
    headChannels: architecture.headWidth,
  };
}

/** Sizes of the network that holds all weights. */
export const largestSizes = (space: SearchSpace): NetworkSizes =>
  staticSizes(space, maxArchitecture(space));
