/** @file A pass: a graph over a network, run for one architecture after another, that collects some quantities. */
import { Session, writeModel, type Feed, type Graph, type Tensor } from '@sextant/engine';
import type { Lowering } from '@sextant/engine';
import { architectureInput } from '@sextant/networks';
import type { Rng } from '@sextant/common';
import type { Subject } from '../network/assemble';
import type { Layer, NetworkDescription } from '../network/describe-network';
import type { Initialisation } from '../network/initial-weights';
import type { Paired, Quantities, QuantityName } from '../quantities';
import type { BatchFeed } from './feeds';

export interface Runtime {
  readonly threads: number;
  readonly lowering: Lowering;
}

export interface OpenPass<A> {
  readonly inputNames: readonly string[];
  /** Outputs by name. */
  run(architecture: A, feeds: Readonly<Record<string, Feed>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** The session of a graph made by `assemble`; the architecture vector is fed where the family has one. */
export async function openPass<A>(
  { family }: Subject<A>,
  graph: Graph,
  { threads, lowering }: Runtime,
): Promise<OpenPass<A>> {
  const model = writeModel(graph, { lowering });
  const session = await Session.create(model, {
    threads,
    optimization: 'none',
    allocation: 'asNeeded',
  });
  return {
    inputNames: session.inputNames,
    run(architecture, feeds) {
      const vector = family.elastic?.vectorOf(architecture);
      const chosen = vector && { [architectureInput]: { data: vector, dims: [vector.length] } };
      return session.run({ ...feeds, ...chosen });
    },
    release: () => session.release(),
  };
}

export const floatsOf = (tensor: Tensor | undefined): Float32Array =>
  (tensor?.data ?? new Float32Array(0)) as Float32Array;

/** The parts of a vector that holds one of each of `layers` end to end. */
export function splitBySize(
  layers: readonly Layer[],
  vector: Float32Array,
  sizeOf: (layer: Layer) => number,
): ReadonlyMap<Layer, Float32Array> {
  let offset = 0;
  return new Map(
    layers.map((layer) => {
      const size = sizeOf(layer);
      const part = vector.subarray(offset, offset + size);
      offset += size;
      return [layer, part];
    }),
  );
}

/** A layer's weight in the parameter vector. */
const weightOf = (theta: Float32Array, { offset, size }: Layer): Float32Array =>
  theta.subarray(offset, offset + size);

export const pairedWith = (
  theta: Float32Array,
  layers: readonly Layer[],
  byLayer: ReadonlyMap<Layer, Float32Array>,
): readonly Paired[] =>
  layers.map((layer) => ({
    weight: weightOf(theta, layer),
    gradient: byLayer.get(layer) as Float32Array,
  }));

/** What passes of one scorer share. */
export interface PassContext {
  readonly runtime: Runtime;
  /** The `at`-th batch as a feed, the first by default. */
  batch(at?: number): BatchFeed;
  /** Weights at initialisation, drawn once for each network and initialisation. */
  theta(description: NetworkDescription, how: Initialisation): Float32Array;
  /** A generator for one purpose, the same for every architecture. */
  rng(purpose: string): Rng;
}

/**
 * A pass that is open; `layers` are those of the architecture, in order. What the network has not (ReLUs, maps) is left out.
 */
export interface Collector<A> {
  collect(architecture: A, layers: readonly Layer[]): Promise<Partial<Quantities>>;
  release(): Promise<void>;
}

export interface PassDeclaration {
  readonly gives: readonly QuantityName[];
  /** Collects those of `needs` that the pass gives. */
  open<A>(
    subject: Subject<A>,
    needs: ReadonlySet<QuantityName>,
    context: PassContext,
  ): Promise<Collector<A>>;
}

/** Of a network that has not what the pass looks at. */
export const nothingToCollect: Collector<unknown> = {
  collect: () => Promise.resolve({}),
  release: () => Promise.resolve(),
};
