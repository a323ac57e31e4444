/** @file What a predictor is, once fitted. */
import type { ArchitectureFeatures } from './architecture-features';

/** The predictors there are; `auto` is a choice among them, not one of them. */
export const predictorNames = [
  'parzc',
  'random-forest',
  'kernel-ridge',
  'rank-mean',
  'params',
  'macs',
] as const;
export type PredictorName = (typeof predictorNames)[number];

export interface Predictions {
  /** Higher is better. In the unit of the labels where the predictor learned from their values, else a mere order. */
  readonly scores: Float64Array;
  /** One standard deviation by the predictor's own account, in the unit of the scores; null: it gives none. */
  readonly std: Float64Array | null;
}

export interface Predictor {
  readonly name: PredictorName;
  predict(features: readonly ArchitectureFeatures[]): Promise<Predictions>;
  /** All it takes to predict the same elsewhere (`predictorFrom`). */
  toJSON(): object;
}

export interface FitOptions {
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal;
}

/** Learns from labelled architectures. */
export type FitPredictorOf = (
  features: readonly ArchitectureFeatures[],
  labels: Float64Array,
  options: FitOptions,
) => Promise<Predictor>;
