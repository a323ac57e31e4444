/** @file A space of inverted residual blocks as strategies see it. */
import { canonicalise, choices, type SearchSpace } from '@sextant/search-space';
import { encodedSpace, type EncodedSpace } from '../encoded-space';

/** Choices of blocks that are not there count as equal. */
export const mbconvSpace = (space: SearchSpace): EncodedSpace =>
  encodedSpace({
    name: space.name,
    sizes: choices(space).map(({ values }) => values.length),
    canonicalise: (encoding) => canonicalise(space, encoding),
  });
