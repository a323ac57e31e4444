/** @file What is said about a model from elsewhere. */
import type { InputDims, ModelPort, NotCounted } from '@sextant/engine';
import type { LatencySample } from '@sextant/evaluation';

/** An input or output, as declared and as it was in the runs. */
export interface InspectedPort extends ModelPort {
  readonly ranWith: readonly number[];
}

export interface Inspection {
  readonly fileBytes: number;
  readonly irVersion: number;
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly InspectedPort[];
  readonly outputs: readonly InspectedPort[];
  readonly paramCount: number;
  readonly macs: number;
  readonly notCounted: readonly NotCounted[];
  readonly operators: Readonly<Record<string, number>>;
  readonly threads: number;
  readonly latency: LatencySample;
}

export interface InspectRequest {
  readonly file: string;
  readonly inputs: InputDims;
  readonly threads: number;
  readonly runs: number;
  readonly maxFileBytes: number;
}

export type InspectAnswer =
  | { readonly inspection: Inspection }
  /** `refused`: the file or the sizes asked for are at fault. */
  | { readonly error: string; readonly refused: boolean };
