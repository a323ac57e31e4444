/** @file One network taken out of the supernet: a model that yields its statistics, and one that predicts. */
import {
  batchNorm,
  batchNormInference,
  Graph,
  hardSwish,
  image,
  plain,
  relu6,
  writeModel,
  type Dim,
  type Value,
} from '@sextant/engine';
import { ShapeError } from '@sextant/common';
import {
  convolve,
  parameterNamed,
  type ParameterLayout,
  type TopologyConv,
  type TopologyLayers,
} from '@sextant/networks';
import { pruneTopology, type Topology } from '@sextant/search-space';
import { childLowering, exportBatch, type Statistics } from '../../child-models';
import { buildHeads, type NetworkPlan } from './network-plan';

/** Weights, the network to take out of them, and what it is for. */
export interface DerivedNetwork extends NetworkPlan {
  readonly layout: ParameterLayout;
  readonly theta: Float32Array;
  readonly topology: Topology;
}

const activations: Readonly<Record<TopologyConv['activation'], (x: Value) => Value>> = {
  none: (x) => x,
  relu6,
  'hard-swish': hardSwish,
};

/** Paths that any of the heads reads. */
export const readsOf = ({ tasks }: Pick<NetworkPlan, 'tasks'>): readonly number[] => [
  ...new Set(tasks.flatMap(({ reads }) => reads)),
];

/** Tensors of the network as constants of a graph. */
const constants =
  (
    graph: Graph,
    { layout, theta }: DerivedNetwork,
    onTensor: (numbers: number) => void,
  ): TopologyLayers['tensor'] =>
  (name, dims) => {
    const { offset, size } = parameterNamed(layout, name);
    onTensor(size);
    return graph.constant(theta.slice(offset, offset + size), dims);
  };

function build(
  network: DerivedNetwork,
  batchSize: Dim,
  convNorm: (graph: Graph) => TopologyLayers['convNorm'],
  onTensor: (numbers: number) => void = () => undefined,
) {
  const graph = new Graph();
  const { format, space, topology } = network;
  const { channels, height, width } = format;
  const pixels = graph.input('image', plain([batchSize, channels, height, width], 'uint8'));
  const layers = { tensor: constants(graph, network, onTensor), convNorm: convNorm(graph) };
  const pruned = pruneTopology(space, topology, readsOf(network));
  return { graph, outputs: buildHeads(image(pixels, format), network, pruned, layers) };
}

/** Names of the normalised layers of a network, as `calibrationGraph` puts them out. */
const meanSuffix = '.mean';

/**
 * The network with batch statistics. Input image uint8 [N,C,H,W]; outputs `<layer>.mean` and `<layer>.variance` [C] for
 * every normalised layer that reaches a head.
 */
export function calibrationGraph(network: DerivedNetwork, batchSize: number): Graph {
  const { graph } = build(network, batchSize, (ofGraph) => (x, weights, conv) => {
    const { y, mean, variance } = batchNorm(
      convolve(x, weights.weight, conv),
      weights.gamma,
      weights.beta,
    );
    ofGraph.output(`${conv.name}${meanSuffix}`, mean);
    ofGraph.output(`${conv.name}.variance`, variance);
    return activations[conv.activation](y);
  });
  return graph;
}

/**
 * The network with given statistics, any batch. Input image uint8 [N,C,H,W] in 0..255; outputs of each task's
 * predictions as `<task>.<name>`.
 * @throws {ShapeError} a layer has no statistics
 */
export function predictionGraph(network: DerivedNetwork, statistics: Statistics): Graph {
  const { graph, outputs } = build(network, exportBatch, (ofGraph) => (x, weights, conv) => {
    const given = statistics.get(conv.name);
    if (!given) throw new ShapeError(`no statistics for layer ${conv.name}`);
    const vector = (data: Float32Array): Value => ofGraph.constant(data, [conv.outChannels]);
    const y = batchNormInference(convolve(x, weights.weight, conv), {
      gamma: weights.gamma,
      beta: weights.beta,
      mean: vector(given.mean),
      variance: vector(given.variance),
    });
    return activations[conv.activation](y);
  });
  network.tasks.forEach((task, at) => {
    for (const [name, value] of Object.entries(task.predictions(outputs[at] ?? {}))) {
      graph.output(predictionOutput(task.name, name), value);
    }
  });
  return graph;
}

/** Name of the output that holds one of a task's predictions. */
export const predictionOutput = (task: string, name: string): string => `${task}.${name}`;

/** `predictionGraph` as a file, with `metadata` as string properties. */
export const exportNetwork = (
  network: DerivedNetwork,
  statistics: Statistics,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array =>
  writeModel(predictionGraph(network, statistics), { lowering: childLowering, metadata });

/** Trained numbers of the network and its heads. */
export function countParameters(network: DerivedNetwork): number {
  let count = 0;
  const convolved = (): TopologyLayers['convNorm'] => (x, weights, conv) =>
    activations[conv.activation](convolve(x, weights.weight, conv));
  build(network, 1, convolved, (numbers) => (count += numbers));
  return count;
}

/** `calibrationGraph` as a model. */
export const calibrationModel = (network: DerivedNetwork, batchSize: number): Uint8Array =>
  writeModel(calibrationGraph(network, batchSize), { lowering: childLowering });
