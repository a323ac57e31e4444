/** @file A vision transformer as integers: one index into its values per choice, in a fixed order. */
import { InvalidArchitectureError, type Rng } from '@sextant/common';
import { fnv1a128 } from '../canonical-hash';
import type { Choice, Encoding } from '../encoding';
import type { TransformerArchitecture, TransformerSpace } from './transformer-space';

const slots = ({ depth }: TransformerSpace): number[] =>
  Array.from({ length: depth.at(-1) as number }, (_, block) => block);

/** Every choice, in encoding order: embedding, depth, then heads and MLP ratio of each block slot. */
export const transformerChoices = (space: TransformerSpace): readonly Choice[] => [
  { id: 'embedding', values: space.embedding, neededFrom: null },
  { id: 'depth', values: space.depth, neededFrom: null },
  ...slots(space).flatMap((block): Choice[] => {
    const neededFrom = { stage: 0, depth: block + 1 };
    return [
      { id: `blocks.${block}.heads`, values: space.heads, neededFrom },
      { id: `blocks.${block}.mlpRatio`, values: space.mlpRatio, neededFrom },
    ];
  }),
];

/** @throws {InvalidArchitectureError} the length is wrong or an index is out of range */
export function decodeTransformer(
  space: TransformerSpace,
  encoding: Encoding,
): TransformerArchitecture {
  const all = transformerChoices(space);
  if (encoding.length !== all.length) {
    throw new InvalidArchitectureError(
      `an encoding of ${space.name} has ${all.length} indices, got ${encoding.length}`,
    );
  }
  const read = all.map(({ id, values }, at) => {
    const value = values[encoding[at] as number];
    if (value !== undefined) return value;
    throw new InvalidArchitectureError(
      `${id}: index ${encoding[at]} is not in 0..${values.length - 1}`,
    );
  });
  const [embedding, depth] = read as [number, number];
  const blocks = Array.from({ length: depth }, (_, block) =>
    Object.freeze({
      heads: read[2 + 2 * block] as number,
      mlpRatio: read[3 + 2 * block] as number,
    }),
  );
  return Object.freeze({ embedding, blocks: Object.freeze(blocks) });
}

/**
 * The one encoding of an architecture: choices of blocks that are not there are 0.
 * @throws {InvalidArchitectureError} a value is not among those of its choice
 */
export function encodeTransformer(
  space: TransformerSpace,
  { embedding, blocks }: TransformerArchitecture,
): Encoding {
  const indexOf = (id: string, values: readonly number[], value: number): number => {
    const index = values.indexOf(value);
    if (index >= 0) return index;
    throw new InvalidArchitectureError(`${id} is ${value}, expected one of ${values.join(', ')}`);
  };
  return [
    indexOf('embedding', space.embedding, embedding),
    indexOf('depth', space.depth, blocks.length),
    ...slots(space).flatMap((at) => {
      const block = blocks[at];
      if (!block) return [0, 0];
      return [
        indexOf(`blocks.${at}.heads`, space.heads, block.heads),
        indexOf(`blocks.${at}.mlpRatio`, space.mlpRatio, block.mlpRatio),
      ];
    }),
  ];
}

/** Every choice uniform and independent. */
export const sampleTransformer = (space: TransformerSpace, rng: Rng): TransformerArchitecture =>
  decodeTransformer(
    space,
    transformerChoices(space).map(({ values }) => rng.int(values.length)),
  );

/** 32 hexadecimal digits that depend on the sizes of every layer of the network, and on nothing else. */
export const transformerHash = (
  space: TransformerSpace,
  { embedding, blocks }: TransformerArchitecture,
): string => {
  const { input, classes, resolution, patch, headSize } = space;
  const sizes = blocks.map(({ heads, mlpRatio }) => [heads, mlpWidth(embedding, mlpRatio)]);
  const fixed = [input.channels, classes, resolution, patch, headSize];
  return fnv1a128(JSON.stringify(['transformer', fixed, embedding, sizes]));
};

/** Width of the MLP of a block, ⌊embedding · ratio⌋. */
export const mlpWidth = (embedding: number, ratio: number): number => Math.floor(embedding * ratio);
