/** @file Networks that share weights, whichever kind they are: what a method that chooses among them needs to know. */
import type { Rng } from '@sextant/common';
import type { Graph, Value } from '@sextant/engine';
import type { ParameterLayout } from '@sextant/networks';
import type { Choice, CostLimits, Encoding } from '@sextant/search-space';
import type { LabelledImages } from '../image-batches';
import type { BeforeRun } from '../evaluate-child';
import type { ImageFormat, lossGraph, passGraph } from '../pass-graph';

/** One-hot rows [N,n] of a decision with n values, by the decision's id; a distribution's rows give expectations. */
export type Policy = (id: string) => Value;

/** Weights that exist since a decision took its value `increment` instead of the one before. */
export interface Increment {
  readonly decision: number;
  readonly increment: number;
  /** Places in the parameter vector whose joint scale is that of the increment's contribution to the network. */
  readonly places: Iterable<number>;
}

/** A child as a model of its own. */
export interface ChildQuestion<A> {
  readonly architecture: A;
  readonly theta: Float32Array;
  readonly format: ImageFormat;
  /** Images that statistics are taken from, and how many of them. */
  readonly calibration: { readonly set: LabelledImages; readonly images: number };
  readonly threads: number;
  readonly beforeRun?: BeforeRun;
}

/** Writes the model with these string properties. */
export type ExportChild = (metadata: Readonly<Record<string, string>>) => Uint8Array;

export interface Family<A> {
  readonly name: string;
  readonly classes: number;
  readonly imageChannels: number;
  /** Weights of the largest network, which holds all. */
  readonly layout: ParameterLayout;
  /** What an architecture is, in encoding order. */
  readonly decisions: readonly Choice[];
  readonly smallest: A;
  readonly largest: A;
  sample(rng: Rng): A;
  /** @throws {InvalidArchitectureError} the indices are not of this space */
  decode(encoding: Encoding): A;
  encode(architecture: A): Encoding;
  /** 32 hexadecimal digits; equal for architectures that are one network. */
  hash(architecture: A): string;
  macs(architecture: A): number;
  paramCount(architecture: A): number;
  meetsLimits(architecture: A, limits: CostLimits): boolean;
  /** Side of the images that the first layer sees. */
  resolutionOf(architecture: A): number;

  vectorOf(architecture: A): BigInt64Array;
  /** A pass of every child, by the architecture vector. */
  elasticGraph(
    build: typeof passGraph | typeof lossGraph,
    format: ImageFormat,
    batchSize: number,
  ): Graph;
  /**
   * MACs / unit of N policies, [N,1]: a form that is linear in each decision and exact where the policy is one-hot, so
   * that its gradient says what changing one decision alone would cost.
   */
  cost(graph: Graph, policy: Policy, rows: number, unit: number): Value;
  /** Of every decision that the active part of the network depends on. */
  increments(architecture: A): Iterable<Increment>;
  /** What evaluating the largest child takes. Unit: bytes. */
  evaluationBytes(format: ImageFormat): number;
  /** The child with statistics of its own where it has any. */
  exportChild(question: ChildQuestion<A>): Promise<ExportChild>;
}
