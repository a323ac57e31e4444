/** @file A search space as ProxylessNAS sees it: positions one behind another, each with several operations to choose from. */
import { UnsupportedSearchSpaceError } from '@sextant/common';
import { staticSizes, type BlockSizes } from '@sextant/networks';
import {
  maxArchitecture,
  type Architecture,
  type BlockChoice,
  type SearchSpace,
  type Stage,
} from '@sextant/search-space';
import type { AnySpace } from '../../families';
import { requireTrainable } from '../../supported';

/** An inverted residual block that may stand at a position. */
export interface BlockCandidate extends BlockChoice {
  readonly sizes: BlockSizes;
}

/** `zero`: nothing; the shortcut is what remains, so the block is left out. */
export type Candidate = BlockCandidate | 'zero';

/** One position and what may stand there; the output is Σ gᵢ·oᵢ(x), plus x where it has a shortcut. */
export interface Edge {
  readonly stage: number;
  readonly block: number;
  readonly hasShortcut: boolean;
  readonly candidates: readonly Candidate[];
}

/** Index of the candidate at every edge. */
export type Path = readonly number[];

/**
 * @throws {UnsupportedSearchSpaceError} the space leaves more open than kernels, expansions and depths, or its choices are
 * not made block by block
 */
export function requirePaths(space: AnySpace): asserts space is SearchSpace {
  requireTrainable(space, 'proxyless-nas');
  if (space.family === 'mbconv') requireBlockChoices(space);
}

/** Nothing but kernels, expansions and depths is open, block by block. */
function requireBlockChoices(space: SearchSpace): void {
  const refuse = (what: string, instead: string): never => {
    throw new UnsupportedSearchSpaceError(`${space.name}: proxyless-nas ${what}; ${instead}`);
  };
  const single: readonly (readonly [string, readonly number[]])[] = [
    ['resolution', space.resolution],
    ['stem.width', space.stem.width],
    ['head.width', space.head.width],
    ...space.stages.map(({ width }, at) => [`stages.${at}.width`, width] as const),
  ];
  for (const [name, values] of single) {
    if (values.length > 1) refuse(`does not choose ${name}`, 'give it one value');
  }
  space.stages.forEach((stage, at) => {
    const isOpen = (field: 'kernel' | 'expansion'): boolean =>
      stage[field].length > 1 && (stage.depth.at(-1) as number) > 1;
    for (const field of ['kernel', 'expansion'] as const) {
      if (isOpen(field) && !space.perBlock.includes(field)) {
        refuse(`chooses ${field} for each block`, `put "${field}" into perBlock`);
      }
    }
    const gap = stage.depth.find((depth, i) => i > 0 && depth !== (stage.depth[i - 1] ?? 0) + 1);
    if (gap !== undefined) {
      refuse(
        `leaves out any block of stages.${at}`,
        `its depths must be consecutive, ${gap} is not`,
      );
    }
  });
}

/** Choices of one block, by expansion and then kernel. */
const blockChoices = ({ expansion, kernel }: Stage): readonly BlockChoice[] =>
  expansion.flatMap((e) => kernel.map((k) => ({ kernel: k, expansion: e })));

/**
 * Every position of the space. A block that the shallowest network of its stage has cannot be left out, and the first of a
 * stage never: it has no shortcut.
 * @throws {UnsupportedSearchSpaceError} as `requirePaths`
 */
export function searchEdges(space: SearchSpace): readonly Edge[] {
  requirePaths(space);
  return space.stages.flatMap((stage, at) => {
    const candidates = blockChoices(stage).map((choice) => ({
      choice,
      blocks: sizesOfStage(space, at, choice),
    }));
    return Array.from({ length: stage.depth.at(-1) as number }, (_, block): Edge => {
      const hasShortcut = block > 0;
      const mayBeLeftOut = hasShortcut && block >= (stage.depth[0] as number);
      return {
        stage: at,
        block,
        hasShortcut,
        candidates: [
          ...candidates.map(({ choice, blocks }) => ({
            ...choice,
            sizes: blocks[block] as BlockSizes,
          })),
          ...(mayBeLeftOut ? (['zero'] as const) : []),
        ],
      };
    });
  });
}

function sizesOfStage(space: SearchSpace, at: number, choice: BlockChoice): BlockSizes[] {
  const largest = maxArchitecture(space);
  const stages = largest.stages.map(({ width, blocks }, stage) => ({
    width,
    blocks: stage === at ? blocks.map(() => choice) : blocks,
  }));
  return staticSizes(space, { ...largest, stages }).blocks.filter(({ stage }) => stage === at);
}

/** The architecture a path stands for; blocks that are left out are not in it. */
export function architectureOf(
  space: SearchSpace,
  edges: readonly Edge[],
  path: Path,
): Architecture {
  const { resolution, stemWidth, headWidth, stages } = maxArchitecture(space);
  return {
    resolution,
    stemWidth,
    headWidth,
    stages: stages.map(({ width }, at) => ({
      width,
      blocks: presentBlocks(edges, path)
        .filter(({ edge }) => (edges[edge] as Edge).stage === at)
        .map(({ candidate: { kernel, expansion } }) => ({ kernel, expansion })),
    })),
  };
}

/** The blocks of a path that are not left out, in order. */
export const presentBlocks = (
  edges: readonly Edge[],
  path: Path,
): readonly { readonly edge: number; readonly candidate: BlockCandidate }[] =>
  edges.flatMap(({ candidates }, edge) => {
    const candidate = candidates[path[edge] as number] as Candidate;
    return candidate === 'zero' ? [] : [{ edge, candidate }];
  });

/** Entries of an edge in the vector of a path: does a block stand there, its inner channels, kernel, and squeeze. */
export const entriesPerEdge = 4;

/** A path as run-time sizes; those of a block that is left out are legal. */
export const pathVector = (edges: readonly Edge[], path: Path): BigInt64Array =>
  BigInt64Array.from(
    edges.flatMap(({ candidates }, edge) => {
      const candidate = candidates[path[edge] as number] as Candidate;
      const { sizes } =
        candidate === 'zero' ? (blocksOf(candidates)[0] as BlockCandidate) : candidate;
      const entries = [sizes.midChannels, sizes.kernel, sizes.squeezeChannels ?? 1];
      return [Number(candidate !== 'zero'), ...entries].map((entry) => BigInt(entry as number));
    }),
  );

/** The blocks among candidates. */
export const blocksOf = (candidates: readonly Candidate[]): readonly BlockCandidate[] =>
  candidates.filter((it) => it !== 'zero');

/** Where the numbers of each edge lie in a vector of one number for every candidate. */
export function candidateOffsets(edges: readonly Edge[]): {
  readonly offsets: readonly number[];
  readonly total: number;
} {
  let total = 0;
  const offsets = edges.map(({ candidates }) => {
    const offset = total;
    total += candidates.length;
    return offset;
  });
  return { offsets, total };
}
