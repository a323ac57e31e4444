/** @file Fitted regressors as JSON, to be stored and used elsewhere. */
import { gaussianProcessFrom, type GaussianProcessState } from './gaussian-process';
import { kernelRidgeFrom, type KernelRidgeState } from './kernel-ridge';
import { randomForestFrom, type RandomForestState } from './random-forest';
import type { Regressor } from './regressor';
import { ridgeFrom, type RidgeState } from './ridge';

export type RegressorState =
  RidgeState | KernelRidgeState | GaussianProcessState | RandomForestState;

const readers: {
  [K in RegressorState['kind']]: (state: Extract<RegressorState, { kind: K }>) => Regressor;
} = {
  ridge: ridgeFrom,
  'kernel-ridge': kernelRidgeFrom,
  'gaussian-process': gaussianProcessFrom,
  'random-forest': randomForestFrom,
};

/** The regressor whose toJSON() gave `state`: the same predictions. */
export function regressorFrom(state: RegressorState): Regressor {
  const read = readers[state.kind] as (state: RegressorState) => Regressor;
  return read(state);
}
