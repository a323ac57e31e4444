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
} from '@sextant/networks';
import type { SearchSpace } from '@sextant/search-space';
import type { ImageFormat, Logits } from '../../pass-graph';
import { none, regularisers } from '../../regularisation';
import { trainedLayers } from '../../train-graph';
import type { Candidate, Edge } from './edges';
import {
  candidatesTensor,
  edgeTensors,
  type CandidateWeights,
  type PathWeights,
} from './path-weights';

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
type TensorNamed = (name: string) => Value;

const layersOf = (tensorNamed: TensorNamed, x: Value, net: PathNetwork) => {
  const sizes = largestSizes(net.space);
  return trainedLayers(tensorNamed, regularisers(x.graph, sizes, net.batchSize, none));
};

/** The candidate's tensor `name`, cut out where it is used, so that only what runs is copied. */
function operation(
  net: PathNetwork,
  part: (edge: number, candidate: CandidateWeights, decays: boolean) => readonly [Value, number],
): Operation {
  return (x, edge, at) => {
    const candidate = net.edges[edge]?.candidates[at] as Candidate;
    if (candidate === 'zero') return zerosLike(x);
    const weights = net.weights.edges[edge]?.candidates[at] as CandidateWeights;
    const tensorNamed = (name: string): Value => {
      const { dims, offset, size, decays } = parameterNamed(weights.layout, name);
      const [vector, start] = part(edge, weights, decays);
      return reshape(slice(vector, [start + offset], [size]), dims);
    };
    const layers = blockLayers(candidate.sizes, net.space.activation);
    return buildBranch(x, layers, layersOf(tensorNamed, x, net));
  };
}

/** Operations whose weights are the vector of a path. */
export const pathOperation = (net: PathNetwork, tensorNamed: TensorNamed): Operation =>
  operation(net, (edge, { decaying }, decays) => {
    const [first, second] = edgeTensors(edge);
    return decays ? [tensorNamed(first), 0] : [tensorNamed(second), -decaying];
  });

/** Operations whose weights are the store. */
export const storeOperation = (net: PathNetwork, tensorNamed: TensorNamed): Operation =>
  operation(net, (_edge, { offset }) => [
    tensorNamed(candidatesTensor),
    offset - net.weights.shared.total,
  ]);

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
