export { topologySpaces, type TopologySpaceName } from './spaces';
export {
  allPaths,
  fullTopology,
  parseTopology,
  pathsInUse,
  pruneTopology,
  requireTopology,
  sampleTopology,
  topologyKey,
  type Topology,
} from './topology';
export {
  blocksOf,
  edgesOf,
  hasFusionBehind,
  stemBlocks,
  topologyUnits,
  type FusionEdge,
  type PathBlock,
  type TopologyUnit,
} from './topology-blocks';
export { topologyHash } from './topology-hash';
export { fixedMacs, topologyMacs, unitMacs, type ImageSize } from './topology-cost';
export {
  parseTopologySpace,
  pathCount,
  pathStride,
  pathWidth,
  TopologySpaceSchema,
  type TopologyBlock,
  type TopologySpace,
} from './topology-space';
