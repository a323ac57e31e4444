/** @file What an architecture costs, in closed form: multiply–accumulates and parameters. */
import type { Architecture } from './architecture';
import { maxArchitecture, minArchitecture } from './encoding';
import { networkShape, type BlockShape, type NetworkShape } from './network-shape';
import type { SearchSpace } from './search-space';

const total = <T>(items: readonly T[], f: (item: T) => number): number =>
  items.reduce((sum, item) => sum + f(item), 0);

function blockMacs(block: BlockShape): number {
  const [inPixels, outPixels] = [block.inSize ** 2, block.outSize ** 2];
  const expand = block.hasExpansion ? block.inChannels * block.midChannels * inPixels : 0;
  const depthwise = block.midChannels * block.kernel ** 2 * outPixels;
  const project = block.midChannels * block.outChannels * outPixels;
  const squeeze = 2 * block.midChannels * block.squeezeChannels;
  const shortcut =
    block.shortcut === 'pool-conv' ? block.inChannels * block.outChannels * outPixels : 0;
  return expand + depthwise + project + squeeze + shortcut;
}

function headMacs({ head, classes }: NetworkShape): number {
  const pixels = head.size ** 2;
  const classifier = head.outChannels * classes;
  if (!head.hasConv) return classifier;
  if (head.type === 'plain') return head.inChannels * head.outChannels * pixels + classifier;
  const expand = head.inChannels * head.expandedChannels * pixels;
  return expand + head.expandedChannels * head.outChannels + classifier;
}

/**
 * Multiply–accumulates of convolutions and linear layers for one image; 1 MAC = 2 FLOPs. Conv: (Cin/groups)·Cout·k²·H·W.
 * @see Wang et al. 2021, AttentiveNAS, arXiv:2011.09011 — the counter that reproduces its published values
 */
export function macs(space: SearchSpace, architecture: Architecture): number {
  const shape = networkShape(space, architecture);
  const stem = 9 * shape.inChannels * shape.stem.outChannels * shape.stem.outSize ** 2;
  return stem + total(shape.blocks, blockMacs) + headMacs(shape);
}

/** Weights of a convolution and the γ, β of the normalisation behind it. */
const convNorm = (weights: number, channels: number): number => weights + 2 * channels;

function blockParams(block: BlockShape): number {
  const { inChannels: i, midChannels: m, outChannels: o, squeezeChannels: s, kernel: k } = block;
  const expand = block.hasExpansion ? convNorm(i * m, m) : 0;
  const squeeze = s > 0 ? 2 * m * s + s + m : 0;
  const shortcut = block.shortcut === 'pool-conv' ? convNorm(i * o, o) : 0;
  return expand + convNorm(m * k * k, m) + squeeze + convNorm(m * o, o) + shortcut;
}

function headParams({ head, classes }: NetworkShape): number {
  const classifier = (head.outChannels + 1) * classes;
  if (!head.hasConv) return classifier;
  if (head.type === 'plain') {
    return convNorm(head.inChannels * head.outChannels, head.outChannels) + classifier;
  }
  const expand = convNorm(head.inChannels * head.expandedChannels, head.expandedChannels);
  return expand + head.expandedChannels * head.outChannels + classifier;
}

/** Trained numbers: convolution and linear weights, biases, and γ, β of normalisation (not its statistics). */
export function paramCount(space: SearchSpace, architecture: Architecture): number {
  const shape = networkShape(space, architecture);
  const stem = convNorm(9 * shape.inChannels * shape.stem.outChannels, shape.stem.outChannels);
  return stem + total(shape.blocks, blockParams) + headParams(shape);
}

/** Upper limits on what can be counted without training. */
export interface CostLimits {
  readonly maxMacs?: number | undefined;
  readonly maxParams?: number | undefined;
}

export const meetsLimits = (
  space: SearchSpace,
  architecture: Architecture,
  { maxMacs = Infinity, maxParams = Infinity }: CostLimits,
): boolean => macs(space, architecture) <= maxMacs && paramCount(space, architecture) <= maxParams;

/** Counts of the architectures of all smallest and all largest values. */
export function costRange(space: SearchSpace) {
  const [min, max] = [minArchitecture(space), maxArchitecture(space)];
  return {
    macs: { min: macs(space, min), max: macs(space, max) },
    paramCount: { min: paramCount(space, min), max: paramCount(space, max) },
  };
}
