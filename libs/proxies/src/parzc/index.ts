export { diffKendall, diffKendallOfProduct } from './losses/diff-kendall';
export { pairwiseLogistic } from './losses/pairwise-logistic';
export {
  meanSquaredError,
  rankLoss,
  type RankLoss,
  type RankLossWeights,
} from './losses/rank-loss';
export { mabnParameterCount, paperMabn, type MabnSizes } from './mabn/mabn-sizes';
export { scoreMabn, type ScoredRows, type ScoringOptions } from './mabn/score-mabn';
export {
  fewestLabels,
  trainMabn,
  type LabelledRows,
  type MabnSettings,
  type RunOptions,
} from './mabn/train-mabn';
export { logProfile, minMaxProfile, nodeProfile, type Profile } from './features/node-profile';
export { mbconvNodeSpace, paperNodeSpaces, type NodeSpace } from './features/node-space';
export type { ParzcFeatures } from './features/parzc-features';
export {
  fitParzc,
  parzcDefaults,
  parzcPredictor,
  type ParzcOptions,
  type ParzcState,
} from './parzc-predictor';
export { cellFeatures } from './features/cell-features';
export { parzcProxies, sequenceFeatures, type ScoredNetwork } from './features/scored-network';
