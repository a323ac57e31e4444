/** @file What the fitting process is asked and answers. */
import type { CostModelChoice, CostModelState, CostPrediction } from '@sextant/hardware';
import type { SearchSpace } from '@sextant/search-space';

/** Architectures of one space; a cell as its official string, others as decoded values. */
export type ModelledSpace = 'nas-bench-201' | SearchSpace;

export interface CostModelRequest {
  readonly space: ModelledSpace;
  readonly measured: readonly { readonly architecture: unknown; readonly cost: number }[];
  readonly targets: readonly { readonly id: string; readonly architecture: unknown }[];
  readonly seed: number;
}

/** Rows of a table name cells by their key: the process that fits finds the cells behind the keys. */
export interface KeyedRequest extends Omit<CostModelRequest, 'measured'> {
  readonly measured: readonly { readonly key: string; readonly cost: number }[];
}

export interface FittedCosts {
  readonly state: CostModelState;
  readonly compared: CostModelChoice['compared'];
  readonly reason: string;
  readonly predictions: readonly (CostPrediction & { readonly id: string })[];
}

export type CostModelAnswer =
  | { readonly fitted: FittedCosts }
  | { readonly error: { readonly code: string; readonly message: string } };
