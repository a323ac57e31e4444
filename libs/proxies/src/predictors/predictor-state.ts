/** @file Fitted predictors as JSON, to be stored and used elsewhere. */
import { parzcPredictor, type ParzcState } from '../parzc/parzc-predictor';
import {
  costPredictor,
  forestPredictor,
  rankMeanPredictor,
  ridgePredictor,
  type CostState,
  type ForestState,
  type RankMeanState,
  type RidgeState,
} from './baselines';
import type { Predictor } from './predictor';

export type PredictorState = CostState | RankMeanState | ForestState | RidgeState | ParzcState;

/** The predictor whose toJSON() gave `state`: the same predictions. */
export function predictorFrom(state: PredictorState): Predictor {
  switch (state.name) {
    case 'params':
    case 'macs':
      return costPredictor(state);
    case 'rank-mean':
      return rankMeanPredictor(state);
    case 'random-forest':
      return forestPredictor(state);
    case 'kernel-ridge':
      return ridgePredictor(state);
    case 'parzc':
      return parzcPredictor(state);
  }
}
