/** @file Spaces of whatever family: those that come with Sextant by name, their schema, how many architectures they have. */
import { z } from 'zod';
import { SearchSpaceSchema } from './search-space';
import { searchSpaces } from './spaces';
import { topologySpaces, TopologySpaceSchema, topologyUnits } from './topology';
import { TransformerSpaceSchema, transformerSpaces, type TransformerSpace } from './transformer';
import { cardinality } from './variation';

export const AnyFamilySpaceSchema = z.discriminatedUnion('family', [
  SearchSpaceSchema,
  TransformerSpaceSchema,
  TopologySpaceSchema,
]);
export type AnyFamilySpace = z.infer<typeof AnyFamilySpaceSchema>;

/** Those that come with Sextant, by name: inverted residuals, vision transformers, topologies. */
export const builtInSpaces: ReadonlyMap<string, AnyFamilySpace> = new Map(
  [searchSpaces, transformerSpaces, topologySpaces].flatMap((of): [string, AnyFamilySpace][] =>
    Object.entries(of),
  ),
);

/** The published JSON Schema of a search space, as an author writes it. */
export const searchSpaceJsonSchema = (): Record<string, unknown> =>
  z.toJSONSchema(AnyFamilySpaceSchema, { io: 'input' });

/** |embeddings| · Σ over depths d of (|heads|·|MLP ratios|)^d. */
const transformerCardinality = ({ embedding, depth, heads, mlpRatio }: TransformerSpace): bigint =>
  depth.reduce(
    (sum, blocks) => sum + BigInt(heads.length * mlpRatio.length) ** BigInt(blocks),
    0n,
  ) * BigInt(embedding.length);

/** Number of architectures; of a topology space 2 to the number of its units, some of which make the same network. */
export function architectureCount(space: AnyFamilySpace): bigint {
  switch (space.family) {
    case 'mbconv':
      return cardinality(space);
    case 'transformer':
      return transformerCardinality(space);
    case 'topology':
      return 2n ** BigInt(topologyUnits(space).length);
  }
}
