/** @file What a cost model declares: which features it reads, on which scale it fits, and how. */
import type {
  KernelParameters,
  Regressor,
  RegressorState,
  Rows,
  Scaling,
} from '@sextant/statistics';
import type { FeatureGroup, FeatureLayout } from './feature-layout';

/** What other devices taught about the space; JSON. */
export interface TransferKnowledge {
  readonly devices: number;
  /** Of the columns that transfer reads. */
  readonly layout: FeatureLayout;
  readonly parameters: KernelParameters;
  /** Of those columns, over the space. */
  readonly scaling: Scaling;
}

export interface FitContext {
  readonly layout: FeatureLayout;
  readonly knowledge?: TransferKnowledge | undefined;
  /** A fit to these rows and more: where a search for hyper-parameters may start. */
  readonly like?: StorableRegressor;
}

/** A regressor that stores itself. */
export interface StorableRegressor extends Regressor {
  toJSON(): RegressorState;
}

export interface CostModel {
  readonly title: string;
  /** What it assumes, for whoever reads a comparison. */
  readonly assumes: string;
  readonly reference: string;
  /** Scale of the fit: errors add (`cost`) or multiply (`log`). */
  readonly scale: 'cost' | 'log';
  reads(group: FeatureGroup): boolean;
  /** Why the model cannot be fitted to this, or null. */
  refuses(context: FitContext): string | null;
  fit(rows: Rows, targets: ArrayLike<number>, context: FitContext): StorableRegressor;
}

export const defineCostModel = (model: CostModel): CostModel => model;
