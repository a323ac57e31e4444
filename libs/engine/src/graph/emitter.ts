/** @file How an op writes itself down: nodes, constants and run-time sizes of the model being built. */
import type { Dim } from './dims';

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

/** Physical order of a feature map: batch first, or channels first (one GEMM for a 1×1 convolution). */
export type FeatureOrder = 'NCHW' | 'CNHW';

/** Which formulation of an op this model gets; chosen per execution provider. */
export interface Lowering {
  readonly featureOrder: FeatureOrder;
  /** `nchwc`: ONNX Runtime's internal blocked convolution, CPU only. `portable`: standard ops. */
  readonly depthwise: 'portable' | 'nchwc';
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

export interface Emitter {
  readonly lowering: Lowering;
  /** Appends a node and returns its first output's name. */
  node(opType: string, inputs: readonly string[], options?: NodeOptions): string;
  /** Appends a node with several outputs. */
  nodeWithOutputs(
    opType: string,
    inputs: readonly string[],
    count: number,
    options?: NodeOptions,
  ): string[];
  floats(data: Float32Array | readonly number[], dims: readonly number[]): string;
  /** A float32 scalar. */
  scalar(value: number): string;
  /** A constant int64 vector. */
  ints(values: readonly number[]): string;
  /** An int64 vector of sizes; −1 stands for "the rest" where ONNX allows it. Constant when it can be. */
  sizes(dims: readonly Dim[]): string;
  /** A value that depends on run-time sizes alone, made once however often it is asked for. */
  shared(key: string, build: (emitter: Emitter) => string): string;
  /**
   * One of several emissions, by the run-time values of `dims`: nested `If` over every combination of their choices
   * (just the one emission when all are static). `emit` receives the numbers.
   */
  dispatch(
    dims: readonly Dim[],
    emit: (emitter: Emitter, values: readonly number[]) => string,
  ): string;
}
