/** @file Multiply–accumulates of a topology: a fixed part and one number per unit, which add up. */
import { pathsInUse, requireTopology, allPaths, type Topology } from './topology';
import { blocksOf, stemBlocks, topologyUnits, type PathBlock } from './topology-blocks';
import type { FusionEdge } from './topology-blocks';
import { pathCount, pathStride, pathWidth, type TopologySpace } from './topology-space';

/** Of the images. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** Pixels of a map that is `stride` times smaller each way, rounded up. */
const pixels = ({ height, width }: ImageSize, stride: number): number =>
  Math.ceil(height / stride) * Math.ceil(width / stride);

/** Convolutions and squeeze-and-excite; a stride of 2 acts in the depthwise convolution. */
function blockMacs(block: PathBlock, inPixels: number, outPixels: number): number {
  const { inChannels, midChannels, outChannels, kernel, squeezeChannels } = block;
  const expand = block.hasExpansion ? inPixels * inChannels * midChannels : 0;
  const depthwise = outPixels * midChannels * kernel ** 2;
  const squeezeExcite = 2 * midChannels * squeezeChannels;
  return expand + depthwise + squeezeExcite + outPixels * midChannels * outChannels;
}

function pathBlockMacs(block: PathBlock, size: ImageSize): number {
  const stride = block.path < 0 ? 2 : pathStride(block.path);
  return blockMacs(block, pixels(size, stride / block.stride), pixels(size, stride));
}

/** The 1×1 convolution, on the smaller of the two maps. */
const edgeMacs = (space: TopologySpace, { from, to }: FusionEdge, size: ImageSize): number =>
  pixels(size, pathStride(Math.max(from, to))) * pathWidth(space, from) * pathWidth(space, to);

/** c_b for each unit of `topologyUnits`. Unit: MACs of one image. */
export const unitMacs = (space: TopologySpace, size: ImageSize): readonly number[] =>
  topologyUnits(space).map((unit) =>
    unit.kind === 'block' ? pathBlockMacs(unit, size) : edgeMacs(space, unit, size),
  );

/** What every network computes up to path `deepest`: the stem and the blocks that cannot be left out. Unit: MACs. */
export function fixedMacs(space: TopologySpace, size: ImageSize, deepest = pathCount - 1): number {
  const stem = pixels(size, 2) * space.input.channels * space.stem.width * 9;
  const paths = Array.from({ length: deepest + 1 }, (_, path) => blocksOf(space, 0, path)).flat();
  const mandatory = [...stemBlocks(space), ...paths.filter(({ isResidual }) => !isResidual)];
  return mandatory.reduce((sum, block) => sum + pathBlockMacs(block, size), stem);
}

/**
 * cost(a) = c_fixed + Σ_b a_b·c_b, of one image up to the last stage, without heads. Unit: MACs. What reaches no path in
 * `reads` is counted as well, unless it was left out (`pruneTopology`); a path of the backbone that nobody needs is not.
 * @throws {InvalidArchitectureError} the space has another number of units
 */
export function topologyMacs(
  space: TopologySpace,
  topology: Topology,
  size: ImageSize,
  reads: readonly number[] = allPaths,
): number {
  const used = pathsInUse(space, requireTopology(space, topology), reads)[0] ?? new Set<number>();
  const costs = unitMacs(space, size);
  return topology.reduce<number>(
    (sum, kept, at) => sum + kept * (costs[at] as number),
    fixedMacs(space, size, Math.max(...used)),
  );
}
