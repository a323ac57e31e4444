/** @file Vision transformers for scoring: every architecture a graph of known sizes. */
import {
  buildTransformer,
  staticTransformer,
  type TransformerArchitecture,
  type TransformerSpace,
} from '@sextant/networks';
import type { ImageSize, NetworkFamily } from '../network/network-family';

/** `image` splits into patches of the space's size. */
export function transformerFamily(
  space: TransformerSpace,
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
