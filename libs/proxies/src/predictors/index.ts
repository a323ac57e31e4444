export type { ArchitectureFeatures } from './architecture-features';
export { rankMeanScores } from './baselines';
export {
  fitPredictor,
  type ComparedPredictor,
  type FitPredictorInput,
  type PredictorReport,
} from './fit-predictor';
export {
  predictorNames,
  type FitOptions,
  type Predictions,
  type Predictor,
  type PredictorName,
} from './predictor';
export { predictorFrom, type PredictorState } from './predictor-state';
