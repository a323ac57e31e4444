/** @file The network of a supernet of paths: what stands at an edge is left to the caller. */
import {
  add,
  elementDim,
  globalAvgPool,
  image,
  reshape,
  slice,
  subDims,
  zerosLike,
  type Dim,
  type Value,
} from '@sextant/engine';
import {
  blockLayers,
  buildBranch,
  classifierLayer,
  headLayer,
  largestSizes,
  parameterNamed,
  stemLayer,
  type BlockSizes,
} from '@sextant/networks';
import type { SearchSpace } from '@sextant/search-space';
import type { ImageFormat, Logits } from '../../pass-graph';
import { none, regularisers } from '../../regularisation';
import { trainedLayers } from '../../train-graph';
import { blocksOf, entriesPerEdge, type Candidate, type Edge } from './edges';
import { candidatesTensor, type CandidateWeights, type PathWeights } from './path-weights';

/** A supernet of paths as its graphs are built from it. */
export interface PathNetwork {
  readonly space: SearchSpace;
  readonly edges: readonly Edge[];
  readonly weights: PathWeights;
  readonly format: ImageFormat;
  readonly batchSize: number;
}

/** oⱼ(x) of candidate `at` of an edge: the branch, without the shortcut around it. */
export type Operation = (x: Value, edge: number, at: number) => Value;

/** Of a tensor in the shared part or of an edge, by name. */
export type TensorNamed = (name: string) => Value;

const layersOf = (tensorNamed: TensorNamed, x: Value, net: PathNetwork) => {
  const sizes = largestSizes(net.space);
  return trainedLayers(tensorNamed, regularisers(x.graph, sizes, net.batchSize, none));
};

/** The block that a path has at an edge: one set of nodes for all candidates, sizes being entries of the vector `input`. */
export interface ChosenBlock {
  /** 1 where a block stands there, 0 where it is left out. */
  readonly on: Dim;
  /** The branch, by tensors with room for any candidate's. */
  readonly run: (x: Value) => Value;
}

export function chosenBlock(
  net: PathNetwork,
  input: string,
  tensorNamed: TensorNamed,
  edge: number,
): ChosenBlock {
  const { candidates } = net.edges[edge] as Edge;
  const blocks = blocksOf(candidates).map(({ sizes }) => sizes);
  const entry = (at: number, of: (sizes: BlockSizes) => Dim | null): Dim =>
    elementDim(
      input,
      entriesPerEdge * edge + at,
      blocks.map((sizes) => (of(sizes) ?? 1) as number),
    );
  const [first] = blocks as [BlockSizes];
  const sizes: BlockSizes = {
    ...first,
    midChannels: first.hasExpansion ? entry(1, (it) => it.midChannels) : first.midChannels,
    kernel: entry(2, (it) => it.kernel),
    squeezeChannels: first.squeezeChannels && entry(3, (it) => it.squeezeChannels),
  };
  const layers = blockLayers(sizes, net.space.activation);
  return {
    on: candidates.includes('zero') ? elementDim(input, entriesPerEdge * edge, [0, 1]) : 1,
    run: (x) => buildBranch(x, layers, layersOf(tensorNamed, x, net)),
  };
}

/** What the path's operation computes; zeros where the block is left out. */
export function chosenOperation(
  net: PathNetwork,
  input: string,
  tensorNamed: TensorNamed,
  x: Value,
  edge: number,
): Value {
  const { on, run } = chosenBlock(net, input, tensorNamed, edge);
  if (on === 1) return run(x);
  const { outputs } = x.graph.condition(
    on,
    () => [run(x)],
    () => [zerosLike(x)],
  );
  return outputs[0] as Value;
}

/** Operations whose weights are the store, cut out where they are used, so that only what runs is copied. */
export function storeOperation(net: PathNetwork, named: TensorNamed): Operation {
  return (x, edge, at) => {
    const candidate = net.edges[edge]?.candidates[at] as Candidate;
    if (candidate === 'zero') return zerosLike(x);
    const { layout, offset: first } = net.weights.edges[edge]?.[at] as CandidateWeights;
    const tensorNamed = (name: string): Value => {
      const { dims, offset, size } = parameterNamed(layout, name);
      const start = first - net.weights.shared.total + offset;
      return reshape(slice(named(candidatesTensor), [start], [size]), dims);
    };
    const layers = blockLayers(candidate.sizes, net.space.activation);
    return buildBranch(x, layers, layersOf(tensorNamed, x, net));
  };
}

/** Index of the candidate at an edge, as element of the int64 input `input`; a number where there is one only. */
export const chosenAt = ({ edges }: PathNetwork, input: string, edge: number): Dim =>
  elementDim(
    input,
    edge,
    (edges[edge] as Edge).candidates.map((_, at) => at),
  );

/** The result of one of `count` arms, by the run-time index `choice`; the others do not run. */
export function oneOf(x: Value, choice: Dim, count: number, arm: (at: number) => Value): Value {
  const from = (at: number): Value => {
    const differs = subDims(choice, at);
    if (differs === 0 || at === count - 1) return arm(at);
    if (typeof differs === 'number') return from(at + 1);
    const { outputs } = x.graph.condition(
      differs,
      () => [from(at + 1)],
      () => [arm(at)],
    );
    return outputs[0] as Value;
  };
  return from(0);
}

/** What an edge reads, and what it adds to or puts in place of that. */
export interface EdgeValues {
  readonly x: Value;
  readonly m: Value;
}

/** Logits of the network whose edges compute m = `mixed(x, edge)`, each seen by `onEdge`. Shapes: x, m [N,C,H,W]. */
export const mixedLogits =
  (
    net: PathNetwork,
    mixed: (x: Value, edge: number, tensorNamed: TensorNamed) => Value,
    onEdge: (values: EdgeValues) => void = () => undefined,
  ): Logits =>
  (pixels, tensorNamed) => {
    const { space, edges, format } = net;
    const sizes = largestSizes(space);
    const side = space.resolution[0] as number;
    const layers = layersOf(tensorNamed, pixels, net);
    let h = layers.convNorm(
      image(pixels, { ...format, height: side, width: side }),
      stemLayer(sizes),
    );
    edges.forEach(({ hasShortcut }, edge) => {
      const [x, m] = [h, mixed(h, edge, tensorNamed)];
      onEdge({ x, m });
      h = hasShortcut ? add(x, m) : m;
    });
    const head = headLayer(sizes);
    if (head) h = layers.convNorm(h, head);
    return layers.linear(globalAvgPool(h), classifierLayer(sizes));
  };
