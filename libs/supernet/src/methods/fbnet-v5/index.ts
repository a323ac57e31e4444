export {
  bindTask,
  type BoundTask,
  type ExaminedScore,
  type SceneTask,
  type TaskHead,
} from './scene-task';
export { classification, type ClassLabel } from './tasks/classification';
export { detection } from './tasks/detection';
export { segmentation } from './tasks/segmentation';
export { ignoredPixel } from './tasks/mean-iou';
export type { Box, ScoredBox } from './tasks/boxes';
export { deriveTopologies } from './derive';
export { countParameters, exportNetwork, readsOf, type DerivedNetwork } from './derived-models';
export {
  calibrateNetwork,
  predictBatches,
  scoreNetwork,
  type Examination,
  type Images,
} from './evaluate-network';
export type { FbNetV5Input, FbNetV5Settings, TaskSource } from './input';
export { planLayout, requirePlan } from './network-plan';
export { NetworkTrainer, type NetworkTraining } from './network-trainer';
export { predictMultiTaskBytes } from './predict-memory';
export { weightSteps } from './schedule';
export { FbNetV5Trainer } from './trainer';
