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
export { alignCellNodes, cellNodePlaces } from './features/cell-nodes';
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
export { cellFeatures, type CellFeatures } from './cell-statistics/cell-features';
export { cifar10Cells, type CellGraphSizes } from './cell-statistics/cell-graph';
export { cellWeights } from './cell-statistics/cell-passes';
export {
  openCellStatistics,
  type CellBatch,
  type CellStatistics,
  type CellStatisticsOptions,
} from './cell-statistics/open-cell-statistics';
