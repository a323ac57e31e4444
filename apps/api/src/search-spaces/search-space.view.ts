/** @file What a caller reads about a search space: how large it is and what its networks cost. */
import { cardinality, costRange, SearchSpaceSchema, type SearchSpace } from '@sextant/search-space';
import { z } from 'zod';

const Range = z.object({ min: z.number(), max: z.number() });

export const SearchSpaceView = z
  .object({
    name: z.string(),
    family: z.string(),
    classes: z.int(),
    channels: z.int(),
    resolution: z.array(z.int()),
    /** Number of distinct networks; decimal digits, as it may exceed 2⁵³. */
    cardinality: z.string().regex(/^\d+$/),
    macs: Range,
    paramCount: Range,
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'SearchSpaceSummary' });
export type SearchSpaceView = z.infer<typeof SearchSpaceView>;

export const SearchSpaceDetail = SearchSpaceView.extend({ space: SearchSpaceSchema }).meta({
  id: 'SearchSpaceDetail',
});

export const SearchSpaceList = z
  .object({ items: z.array(SearchSpaceView) })
  .meta({ id: 'SearchSpaceList' });

export const searchSpaceView = (space: SearchSpace): SearchSpaceView => ({
  name: space.name,
  family: space.family,
  classes: space.classes,
  channels: space.input.channels,
  resolution: space.resolution,
  cardinality: cardinality(space).toString(),
  ...costRange(space),
  links: { self: `/v1/search-spaces/${space.name}` },
});
