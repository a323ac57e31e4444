export { exportModel, normalisedLayers, type Child, type Statistics } from './child-models';
export { calibrate, countCorrect, predict } from './evaluate-child';
export { gather, gatherImages, holdOut, subset, type LabelledImages } from './image-batches';
export * from './families';
export * from './methods';
export * from './methods/fbnet-v5';
export { learningRateAt } from './methods/big-nas/schedule';
export { BigNasTrainer, type BigNasSettings } from './methods/big-nas/trainer';
export type {
  MemoryQuestion,
  Proposal,
  Scored,
  StepMetrics,
  SupernetMethod,
  Trainer,
  TrainerInput,
} from './methods/method';
export { binTarget, hitsTarget } from './methods/shift-nas/cost-bins';
export { costScaleOf, policyWidth } from './methods/shift-nas/generator';
export { GeneratorSampler } from './methods/shift-nas/generator-sessions';
export {
  generatorShape,
  ShiftNasTrainer,
  warmUpSteps,
  type ShiftNasSettings,
} from './methods/shift-nas/trainer';
export {
  StandAloneTrainer,
  type StandAloneInput,
  type StandAloneSettings,
} from './methods/stand-alone/trainer';
export { pathCosts, pathCost, type PathCosts } from './methods/proxyless-nas/costs';
export {
  architectureOf,
  requirePaths,
  searchEdges,
  type BlockCandidate,
  type Path,
} from './methods/proxyless-nas/edges';
export { ProxylessNasTrainer } from './methods/proxyless-nas/trainer';
export { requireCostLoss, type ProxylessNasSettings } from './methods/proxyless-nas/settings';
export { readHistory, type ShiftRecord } from './methods/shift-nas/history';
export { runTraining, type TrainingHooks } from './methods/run-training';
export { decodeState, encodeState, type TrainingState } from './methods/training-state';
export type { ImageFormat } from './pass-graph';
