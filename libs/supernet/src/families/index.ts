/** @file The family of a space, by the kind of its networks. */
import type {
  Architecture,
  SearchSpace,
  TransformerArchitecture,
  TransformerSpace,
} from '@sextant/search-space';
import type { Family } from './family';
import { mbconvFamily } from './mbconv';
import { transformerFamily } from './transformer';

export type AnySpace = SearchSpace | TransformerSpace;
export type AnyArchitecture = Architecture | TransformerArchitecture;
/** A family whose architectures only it looks into. */
export type AnyFamily = Family<AnyArchitecture>;

export const familyOf = (space: AnySpace): AnyFamily =>
  space.family === 'transformer' ? transformerFamily(space) : mbconvFamily(space);

export type { ChildQuestion, ExportChild, Family, Increment, Policy } from './family';
