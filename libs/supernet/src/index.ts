export { exportModel, normalisedLayers, type Child, type Statistics } from './child-models';
export { calibrate, countCorrect, predict } from './evaluate-child';
export { gather, holdOut, type LabelledImages } from './image-batches';
export { propose, type Proposal, type Scored } from './methods/big-nas/coarse-to-fine';
export { predictPeakBytes, type MemoryQuestion } from './methods/big-nas/predict-memory';
export { learningRateAt } from './methods/big-nas/schedule';
export {
  BigNasTrainer,
  type BigNasSettings,
  type TrainerInput,
  type TrainingState,
} from './methods/big-nas/trainer';
export { requireTrainable } from './supported';
export type { ImageFormat } from './pass-graph';
