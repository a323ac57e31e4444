/** @file Vision transformers for scoring: every architecture a graph of known sizes. */
import { buildTransformer, staticTransformer, type TransformerChoices } from '@sextant/networks';
import type { TransformerArchitecture } from '@sextant/search-space';
import type { ImageSize, NetworkFamily } from '../network/network-family';

/** `image` splits into patches of the space's size. */
export function transformerFamily(
  space: TransformerChoices,
  image: ImageSize,
): NetworkFamily<TransformerArchitecture> {
  return {
    classes: space.classes,
    imageOf: () => image,
    build: (x, architecture, { tensor, onBlock }) =>
      buildTransformer(x, staticTransformer(space, architecture), tensor, onBlock),
    has: () => true,
    elastic: null,
  };
}
