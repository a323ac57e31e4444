export { defineProxy, type Evaluation, type ProxyData, type ZeroCostProxy } from './define-proxy';
export { cellFamily, nasBench201Cifar10, type CellFamilyOptions } from './families/cell-family';
export { mbconvFamily } from './families/mbconv-family';
export { transformerFamily } from './families/transformer-family';
export type { ImageSize, NetworkFamily, NetworkParts } from './network/network-family';
export type { LabelledBatch } from './passes/feeds';
export {
  ascendingRanks,
  azNasComponents,
  countVotes,
  rankFusion,
  vote,
  voters,
  type Column,
} from './population';
export { regularisedSwap, type SizePreference } from './proxies/swap';
export type { Quantities, QuantityName } from './quantities';
export {
  openScorer,
  type ArchitectureScores,
  type ProxyFailure,
  type Scorer,
  type ScorerOptions,
} from './scorer';
export { proxyNames, zeroCostProxies, type ProxyName } from './zero-cost-proxies';
