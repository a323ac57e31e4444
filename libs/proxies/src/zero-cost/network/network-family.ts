/** @file Which networks can be scored: how one is built, what its images are, which tensors an architecture has. */
import type { Value } from '@sextant/engine';
import type { BlockHook, TensorSource } from '@sextant/networks';

export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Where a network gets its tensors, and who looks at its blocks. */
export interface NetworkParts {
  readonly tensor: TensorSource;
  readonly onBlock: BlockHook;
}

/** The networks of one search space. */
export interface NetworkFamily<A> {
  readonly classes: number;
  /** Size of the images that `architecture` sees; the whole family's where one graph holds them all. */
  imageOf(architecture: A): ImageSize;
  /** The vector by which one graph holds every architecture; null: every architecture has a graph of its own. */
  readonly elastic: ElasticFamily<A> | null;
  /** Logits [N,classes] of x feature [N,C,H,W]. Every architecture asks for the same tensors, or is a graph of its own. */
  build(x: Value, architecture: A, parts: NetworkParts): Value;
  /** Is the tensor `name`, which the network asks for, one of the architecture's? */
  has(architecture: A, name: string): boolean;
}

export interface ElasticFamily<A> {
  readonly vectorLength: number;
  vectorOf(architecture: A): BigInt64Array;
  build(x: Value, parts: NetworkParts): Value;
}
