/** @file The plain predictors that a learned one has to beat. */
import {
  fitKernelRidge,
  fitRandomForest,
  kernelRidgeFrom,
  randomForestFrom,
  ranks,
  type KernelRidgeState,
  type RandomForestState,
} from '@sextant/statistics';
import type { ArchitectureFeatures } from './architecture-features';
import { requireEqualEncodings, scoreColumns, scoreRow, type ScoreColumns } from './columns';
import { quantiled, quantileScaling, type QuantileScaling } from './quantiles';
import { labelAt, labelScale, normalScores, type LabelScale } from '../parzc/label-scale';
import type { FitPredictorOf, Predictor, PredictorName } from './predictor';

export interface CostState {
  readonly name: 'params' | 'macs';
}

/** More parameters, or more multiply–accumulates, are better. Learns nothing. */
export const costPredictor = (state: CostState): Predictor => ({
  name: state.name,
  predict(features) {
    const scores = Float64Array.from(features, ({ paramCount, macs }) =>
      state.name === 'params' ? paramCount : macs,
    );
    return Promise.resolve({ scores, std: null });
  },
  toJSON: () => state,
});

export interface RankMeanState {
  readonly name: 'rank-mean';
  /** Scores whose ranks are averaged; `paramCount` is one. */
  readonly of: readonly string[];
}

/**
 * The four that rank well together on NAS-Bench-201. They were picked with its accuracies in view, so what they reach there is a
 * little better than what to expect elsewhere.
 */
export const rankMeanScores: readonly string[] = ['nwot', 'paramCount', 'jacob_cov', 'synflow'];

/**
 * Mean rank over a few scores, all taken as higher is better. Learns nothing; ranks are among the architectures that are
 * predicted together, so scores of different calls do not compare. What failed ranks last.
 */
export const rankMeanPredictor = (state: RankMeanState): Predictor => ({
  name: 'rank-mean',
  predict(features) {
    const scores = new Float64Array(features.length);
    for (const name of state.of) {
      const values = features.map((it) =>
        name === 'paramCount' ? it.paramCount : (it.scores[name] ?? Number.NaN),
      );
      const filled = values.map((value) => (Number.isNaN(value) ? -Infinity : value));
      ranks(filled).forEach((rank, at) => (scores[at]! += rank / state.of.length));
    }
    return Promise.resolve({ scores, std: null });
  },
  toJSON: () => state,
});

/** Those of `rankMeanScores` that there are; parameters always, and for `jacob_cov` what is nearly it. */
function availableRanks([first]: readonly ArchitectureFeatures[]): string[] {
  const has = (name: string): boolean =>
    name === 'paramCount' || (first !== undefined && name in first.scores);
  return rankMeanScores
    .map((name) => (name === 'jacob_cov' && !has(name) ? 'input_correlation' : name))
    .filter(has);
}

export interface ForestState {
  readonly name: 'random-forest';
  readonly columns: ScoreColumns;
  readonly forest: RandomForestState;
}

export function forestPredictor(state: ForestState): Predictor {
  const forest = randomForestFrom(state.forest);
  return {
    name: 'random-forest',
    predict(features) {
      const scores = forest.predict(features.map((it) => scoreRow(it, state.columns)));
      return Promise.resolve({ scores, std: null });
    },
    toJSON: () => state,
  };
}

/** A random forest on the scores, MACs and parameters. */
const fitForest: FitPredictorOf = (features, labels, { seed }) => {
  const columns = scoreColumns(features);
  const rows = features.map((it) => scoreRow(it, columns));
  const forest = fitRandomForest(rows, labels, { seed: seed % 2 ** 31 }).toJSON();
  return Promise.resolve(forestPredictor({ name: 'random-forest', columns, forest }));
};

export interface RidgeState {
  readonly name: 'kernel-ridge';
  readonly columns: ScoreColumns;
  readonly scaling: QuantileScaling;
  readonly scale: LabelScale;
  readonly ridge: KernelRidgeState;
}

const ridgeRow = (it: ArchitectureFeatures, columns: ScoreColumns): number[] => [
  ...scoreRow(it, columns),
  ...Array.from(it.encoding),
];

export function ridgePredictor(state: RidgeState): Predictor {
  const { columns, scaling, scale } = state;
  const ridge = kernelRidgeFrom(state.ridge);
  return {
    name: 'kernel-ridge',
    predict(features) {
      const rows = features.map((it) => ridgeRow(it, columns));
      const scores = ridge.predict(quantiled(rows, scaling)).map((score) => labelAt(score, scale));
      return Promise.resolve({ scores, std: null });
    },
    toJSON: () => state,
  };
}

/** Gaussian-kernel ridge regression on the encoding and the scores, columns and labels as normal scores. */
const fitRidge: FitPredictorOf = (features, labels) => {
  requireEqualEncodings(features, features[0]?.encoding.length ?? 0);
  const columns = scoreColumns(features);
  const rows = features.map((it) => ridgeRow(it, columns));
  const scaling = quantileScaling(rows);
  const ridge = fitKernelRidge(quantiled(rows, scaling), normalScores(labels)).toJSON();
  const scale = labelScale(labels);
  return Promise.resolve(ridgePredictor({ name: 'kernel-ridge', columns, scaling, scale, ridge }));
};

const still =
  (make: (features: readonly ArchitectureFeatures[]) => Predictor): FitPredictorOf =>
  (features) =>
    Promise.resolve(make(features));

export const baselineFits: Readonly<Record<Exclude<PredictorName, 'parzc'>, FitPredictorOf>> = {
  'random-forest': fitForest,
  'kernel-ridge': fitRidge,
  'rank-mean': still((features) =>
    rankMeanPredictor({ name: 'rank-mean', of: availableRanks(features) }),
  ),
  params: still(() => costPredictor({ name: 'params' })),
  macs: still(() => costPredictor({ name: 'macs' })),
};
