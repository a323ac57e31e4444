/** @file What the fitting process is asked and answers. */
import type { CostModelChoice, CostModelState, CostPrediction } from '@sextant/hardware';
import type { SearchSpace } from '@sextant/search-space';

/** Architectures of one space; a cell as its official string, others as decoded values. */
export type ModelledSpace = 'nas-bench-201' | SearchSpace;

/** A device whose costs of the same architectures a new one may resemble. */
export interface KnownDevice {
  readonly profile: string;
  readonly version: number;
  /** By the key of a row. */
  readonly values: ReadonlyMap<string, number>;
  /** For architectures without a row; null where none of the same space was fitted. */
  readonly model: CostModelState | null;
}

export interface KnownDevices {
  readonly devices: readonly KnownDevice[];
  /** A device that does not know every cost is left out, or, where it was asked for by name, an error. */
  readonly mayLeaveOut: boolean;
}

export interface CostModelRequest {
  readonly space: ModelledSpace;
  readonly measured: readonly { readonly architecture: unknown; readonly cost: number }[];
  readonly targets: readonly { readonly id: string; readonly architecture: unknown }[];
  readonly seed: number;
  /** null: learn from the measurements alone. */
  readonly known: KnownDevices | null;
}

/** Rows of a table name cells by their key: the process that fits finds the cells behind the keys. */
export interface KeyedRequest extends Omit<CostModelRequest, 'measured'> {
  readonly measured: readonly { readonly key: string; readonly cost: number }[];
}

export interface FittedCosts {
  readonly state: CostModelState;
  readonly compared: CostModelChoice['compared'];
  readonly reason: string;
  /** Of `transfer`, in the order of its columns; empty for other models. */
  readonly knownDevices: readonly Pick<KnownDevice, 'profile' | 'version'>[];
  readonly predictions: readonly (CostPrediction & { readonly id: string })[];
}

export type CostModelAnswer =
  | { readonly fitted: FittedCosts }
  | { readonly error: { readonly code: string; readonly message: string } };
