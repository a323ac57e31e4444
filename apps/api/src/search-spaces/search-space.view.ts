/** @file What a caller reads about a search space: how large it is, what its networks cost, which methods train it. */
import { UnsupportedSearchSpaceError } from '@sextant/common';
import { supernetMethodNames, type SupernetMethodName } from '@sextant/contracts';
import {
  AnyFamilySpaceSchema,
  architectureCount,
  type AnyFamilySpace,
} from '@sextant/search-space';
import { familyOf, requireTrainableBy, type AnySpace } from '@sextant/supernet';
import { z } from 'zod';

const Range = z.object({ min: z.number(), max: z.number() });

export const SearchSpaceView = z
  .object({
    name: z.string(),
    family: z.enum(['mbconv', 'transformer', 'topology']),
    classes: z.int().nullable().describe('null: as many as the data has'),
    channels: z.int(),
    resolution: z.array(z.int()).nullable().describe('null: that of the images'),
    cardinality: z
      .string()
      .regex(/^\d+$/)
      .describe('Number of architectures; decimal digits, as it may exceed 2⁵³'),
    macs: Range.nullable().describe('null: they depend on the images and the task'),
    paramCount: Range.nullable().describe('null: they depend on the task'),
    methods: z.array(z.string()).describe('That train a supernet of this space'),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'SearchSpaceSummary' });
export type SearchSpaceView = z.infer<typeof SearchSpaceView>;

export const SearchSpaceDetail = SearchSpaceView.extend({ space: AnyFamilySpaceSchema }).meta({
  id: 'SearchSpaceDetail',
});

export const SearchSpaceList = z
  .object({ items: z.array(SearchSpaceView) })
  .meta({ id: 'SearchSpaceList' });

function isTrainedBy(space: AnySpace, method: SupernetMethodName): boolean {
  try {
    requireTrainableBy(method, space);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedSearchSpaceError) return false;
    throw error;
  }
}

/** What only networks of a known input have. */
function ofImages(space: AnySpace) {
  const family = familyOf(space);
  const { smallest, largest } = family;
  const range = (of: (architecture: typeof smallest) => number) => ({
    min: of(smallest),
    max: of(largest),
  });
  return {
    classes: space.classes,
    resolution: [space.resolution].flat(),
    macs: range((it) => family.macs(it)),
    paramCount: range((it) => family.paramCount(it)),
    methods: supernetMethodNames.filter((method) => isTrainedBy(space, method)),
  };
}

const ofAnyImages = {
  classes: null,
  resolution: null,
  macs: null,
  paramCount: null,
  methods: ['fbnet-v5'],
};

export const searchSpaceView = (space: AnyFamilySpace): SearchSpaceView => ({
  name: space.name,
  family: space.family,
  channels: space.input.channels,
  cardinality: architectureCount(space).toString(),
  ...(space.family === 'topology' ? ofAnyImages : ofImages(space)),
  links: { self: `/v1/search-spaces/${space.name}` },
});
