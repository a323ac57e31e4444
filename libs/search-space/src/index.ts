export type { Architecture, BlockChoice, StageChoice } from './architecture';
export { canonicalHash } from './canonical-hash';
export { costRange, macs, meetsLimits, paramCount, type CostLimits } from './cost';
export {
  canonicalise,
  choices,
  decode,
  encode,
  maxArchitecture,
  minArchitecture,
  type Choice,
  type Encoding,
} from './encoding';
export {
  makeDivisible,
  squeezeWidth,
  networkShape,
  type BlockShape,
  type NetworkShape,
  type Shortcut,
} from './network-shape';
export { parseSearchSpace, SearchSpaceSchema, type SearchSpace, type Stage } from './search-space';
export { isSearchSpaceName, searchSpaces, type SearchSpaceName } from './spaces';
export { cardinality, crossover, mutate, neighbours, sample } from './variation';
export * from './nas-bench-201';
export * from './transformer';
export * from './topology';
export {
  AnyFamilySpaceSchema,
  architectureCount,
  builtInSpaces,
  searchSpaceJsonSchema,
  type AnyFamilySpace,
} from './any-space';
