/** @file Every block and fusion edge of a topology space, in the order the network computes them. */
import { makeDivisible, squeezeWidth } from '../network-shape';
import { pathCount, pathWidth, type TopologyBlock, type TopologySpace } from './topology-space';

/** An inverted residual block with all its sizes. */
export interface PathBlock {
  readonly name: string;
  /** 0: the backbone; 1…S: the stages in which the four paths stand side by side. −1: the stem. */
  readonly stage: number;
  readonly path: number;
  readonly inChannels: number;
  /** Equal to `inChannels` where there is no expansion convolution. */
  readonly midChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly hasExpansion: boolean;
  /** 0: no squeeze-and-excite. */
  readonly squeezeChannels: number;
  /** Its shapes let it be an identity, so it has a shortcut, and outside the stem may be left out. */
  readonly isResidual: boolean;
}

/** What one path's map of stage `fusion` adds to another path before stage `fusion` + 1. */
export interface FusionEdge {
  readonly name: string;
  readonly fusion: number;
  readonly from: number;
  readonly to: number;
}

interface Place {
  readonly name: string;
  readonly stage: number;
  readonly path: number;
  readonly inChannels: number;
  readonly stride: number;
}

function sized(
  { name, stage, path, inChannels, stride }: Place,
  { width, kernel, expansion, squeezeExcite }: TopologyBlock,
  divisor: number,
): PathBlock {
  const hasExpansion = expansion !== 1;
  const midChannels = hasExpansion
    ? makeDivisible(Math.round(inChannels * expansion), divisor)
    : inChannels;
  return {
    ...{ name, stage, path, inChannels, midChannels, outChannels: width, kernel, stride },
    hasExpansion,
    squeezeChannels: squeezeExcite ? squeezeWidth(midChannels) : 0,
    isResidual: stride === 1 && inChannels === width,
  };
}

function chain(
  blocks: readonly TopologyBlock[],
  first: Omit<Place, 'name'>,
  prefix: string,
  divisor: number,
): PathBlock[] {
  let { inChannels, stride } = first;
  return blocks.map((block, at) => {
    const built = sized({ ...first, name: `${prefix}.${at}`, inChannels, stride }, block, divisor);
    inChannels = block.width;
    stride = 1;
    return built;
  });
}

/** Blocks behind the stem's convolution, at half the image's size. */
export const stemBlocks = ({ stem, divisor }: TopologySpace): readonly PathBlock[] =>
  chain(
    stem.blocks,
    { stage: -1, path: -1, inChannels: stem.width, stride: 1 },
    'stem.blocks',
    divisor,
  );

/** Channels of the stem's maps. */
export const stemWidth = ({ stem }: TopologySpace): number =>
  stem.blocks.at(-1)?.width ?? stem.width;

/**
 * Blocks of one path in one stage. In the backbone they are as the space gives them; in a later stage each is a copy that
 * keeps the path's width, so that every one of them can be left out.
 * Differs: the paper says no more than that a stage holds a copy of the path's blocks.
 */
export function blocksOf(space: TopologySpace, stage: number, path: number): readonly PathBlock[] {
  const prefix = `stages.${stage}.paths.${path}.blocks`;
  const blocks = space.paths[path] as readonly TopologyBlock[];
  const width = pathWidth(space, path);
  if (stage > 0) {
    const copies = blocks.map((block) => ({ ...block, width }));
    return chain(copies, { stage, path, inChannels: width, stride: 1 }, prefix, space.divisor);
  }
  const inChannels = path === 0 ? stemWidth(space) : pathWidth(space, path - 1);
  return chain(blocks, { stage, path, inChannels, stride: 2 }, prefix, space.divisor);
}

/** Edges between the paths after stage `fusion`, 1 ≤ fusion < S. */
export const edgesOf = (fusion: number): readonly FusionEdge[] =>
  Array.from({ length: pathCount }, (_, to) =>
    Array.from({ length: pathCount }, (_unused, from) => ({
      ...{ name: `fusions.${fusion}.edges.${from}-${to}`, fusion, from, to },
    })).filter((edge) => edge.from !== to),
  ).flat();

/** What may be left out, as one bit of an architecture. */
export type TopologyUnit =
  ({ readonly kind: 'block' } & PathBlock) | ({ readonly kind: 'fusion' } & FusionEdge);

/**
 * Everything that is searched, in order: per stage the residual blocks of the four paths, then the edges of the fusion
 * behind it. The first block of a path and those that change its width are in every network.
 */
export function topologyUnits(space: TopologySpace): readonly TopologyUnit[] {
  return Array.from({ length: space.stages + 1 }, (_, stage) => [
    ...Array.from({ length: pathCount }, (_unused, path) => blocksOf(space, stage, path))
      .flat()
      .filter(({ isResidual }) => isResidual)
      .map((block) => ({ kind: 'block', ...block }) as const),
    ...(hasFusionBehind(space, stage) ? edgesOf(stage) : []).map(
      (edge) => ({ kind: 'fusion', ...edge }) as const,
    ),
  ]).flat();
}

/** The paths exchange features behind every stage but the backbone and the last. */
export const hasFusionBehind = ({ stages }: TopologySpace, stage: number): boolean =>
  stage > 0 && stage < stages;
