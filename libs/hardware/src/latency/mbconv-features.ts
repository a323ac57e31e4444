/** @file Inverted-residual networks as features of what they cost: any space of the service, and Once-for-All's. */
import { ShapeError } from '@sextant/common';
import {
  canonicalise,
  choices,
  encode,
  macs,
  paramCount,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import type { FeatureMap } from './feature-layout';

/**
 * One column per value of each choice that is in force (a block beyond the depth has none), the same times the image's area
 * over that of the largest, then area, million MACs and parameters, and blocks per network.
 * Costs that add up over blocks and grow with area are linear in these.
 */
export function mbconvFeatures(space: SearchSpace): FeatureMap<Architecture> {
  const all = choices(space);
  const oneHotSize = all.reduce((sum, { values }) => sum + values.length, 0);
  const largest = Math.max(...space.resolution);
  return {
    layout: [
      { name: 'choices', role: 'choice', columns: oneHotSize },
      { name: 'choices × area', role: 'choice', columns: oneHotSize },
      { name: 'area', role: 'choice', columns: 1 },
      { name: 'size', role: 'size', columns: 2 },
      { name: 'blocks', role: 'structure', columns: 1 },
    ],
    of(architecture) {
      const encoding = canonicalise(space, encode(space, architecture));
      const area = (architecture.resolution / largest) ** 2;
      const oneHot = all.flatMap(({ values, neededFrom }, at) => {
        const depth = neededFrom && architecture.stages[neededFrom.stage]!.blocks.length;
        const isInForce = !neededFrom || depth! >= neededFrom.depth;
        return values.map((_, index) => Number(isInForce && encoding[at] === index));
      });
      return Float64Array.from([
        ...oneHot,
        ...oneHot.map((it) => it * area),
        area,
        macs(space, architecture) / 1e6,
        paramCount(space, architecture) / 1e6,
        architecture.stages.reduce((sum, { blocks }) => sum + blocks.length, 0),
      ]);
    },
  };
}

/** A subnet of Once-for-All's MobileNetV3: five stages of up to four blocks. */
export interface OfaSubnet {
  /** 3, 5 or 7 for each of 20 blocks. */
  readonly kernels: readonly number[];
  /** 3, 4 or 6 for each of 20 blocks. */
  readonly expansions: readonly number[];
  /** 2, 3 or 4 for each of 5 stages. */
  readonly depths: readonly number[];
  readonly resolution: number;
}

const ofaKernels = [3, 5, 7];
const ofaExpansions = [3, 4, 6];

/**
 * Per block one column for each of 3 × 3 kernels and expansions, all 0 where the block is skipped; the same times (r/224)²;
 * (r/224)²; blocks in use and, over them, Σ kernel² and Σ expansion.
 * @see Cai et al. 2020, Once-for-All, arXiv:1908.09791 — the space
 */
export const ofaFeatures: FeatureMap<OfaSubnet> = {
  layout: [
    { name: 'blocks', role: 'choice', columns: 180 },
    { name: 'blocks × area', role: 'choice', columns: 180 },
    { name: 'area', role: 'choice', columns: 1 },
    { name: 'sums', role: 'structure', columns: 3 },
  ],
  of({ kernels, expansions, depths, resolution }) {
    if (kernels.length !== 20 || expansions.length !== 20 || depths.length !== 5)
      throw new ShapeError(
        `a Once-for-All subnet has 20 kernels, 20 expansions and 5 depths, not ${kernels.length}, ${expansions.length} and ${depths.length}`,
      );
    const area = (resolution / 224) ** 2;
    const used = kernels.map((_, block) => block % 4 < depths[Math.floor(block / 4)]!);
    const oneHot = kernels.flatMap((kernel, block) =>
      ofaKernels.flatMap((k) =>
        ofaExpansions.map((e) => Number(used[block] && kernel === k && expansions[block] === e)),
      ),
    );
    const total = (of: (block: number) => number): number =>
      used.reduce((sum, isUsed, block) => sum + (isUsed ? of(block) : 0), 0);
    return Float64Array.from([
      ...oneHot,
      ...oneHot.map((it) => it * area),
      area,
      total(() => 1),
      total((block) => kernels[block]! ** 2),
      total((block) => expansions[block]!),
    ]);
  },
};
