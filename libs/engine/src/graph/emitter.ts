/** @file How an op writes itself down: nodes, constants and run-time sizes of the model being built. */
import type { Dim } from './dims';
import type { Value } from './value';

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
  /**
   * Channels per block of ONNX Runtime's internal blocked kernels, which depends on the processor and so is probed
   * (`probeLowerings`); null: standard ops only. Batch-first, whole networks of known sizes are blocked; channels-first,
   * where sizes may be known only at run time, depthwise convolutions are.
   */
  readonly blockChannels: 8 | 16 | null;
  /** Batch normalisation from sums and products, for providers that have none of training's kind. */
  readonly isNormComposite?: boolean;
}

/** Are feature maps kept in blocks wherever they can be? */
export const keepsBlocks = ({ featureOrder, blockChannels }: Lowering): boolean =>
  featureOrder === 'NCHW' && blockChannels !== null;

/**
 * How a feature map lies in memory. `ordered`: as `featureOrder` says; `blocked`: [N, ⌈C/B⌉, H, W, B] with B =
 * `blockChannels`, the last block filled up; `channelsLast`: [N,H,W,C], a matrix of pixels by channels; `pairs`:
 * [C·N/B, H, W, B], a channel of an image being one of C·N.
 */
export type Storage = 'ordered' | 'blocked' | 'channelsLast' | 'pairs';

/** A tensor of the model and how it is stored; plain tensors are always `ordered`. */
export interface Stored {
  readonly name: string;
  readonly storage: Storage;
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

export interface Emitter {
  readonly lowering: Lowering;
  /** The tensor of a value in the storage asked for, converted once per scope. */
  stored(value: Value, storage: Storage): string;
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
