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
