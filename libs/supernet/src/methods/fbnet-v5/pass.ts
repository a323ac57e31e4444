/** @file Passes over a batch as models: the losses of all tasks, and the gradient of their weighted sum. */
import {
  concat,
  flattenAll,
  gradient,
  Graph,
  image,
  mul,
  add,
  plain,
  reshape,
  slice,
  writeModel,
  type Lowering,
  type Value,
} from '@sextant/engine';
import {
  architectureInput,
  elasticTopology,
  parameterNamed,
  type ParameterLayout,
} from '@sextant/networks';
import type { Topology } from '@sextant/search-space';
import { buildHeads, trainedLayers, type NetworkPlan } from './network-plan';

export interface PassShape {
  readonly layout: ParameterLayout;
  readonly batchSize: number;
  /** Builds this one network; absent: any, by the architecture vector. */
  readonly topology?: Topology;
  /** Absent: the losses alone, of a pass without backward half. */
  readonly withGradients: boolean;
}

/** Name of the input that holds a task's target. */
export const targetInput = (task: string, target: string): string => `${task}.${target}`;

/**
 * Inputs: image uint8 [N,C,H,W], theta [P], architecture int64 [B] (unless there is one only), taskWeights [T], and each
 * task's targets as `<task>.<target>`. Outputs: losses [T], by the statistics of the batch; with gradients also
 * gradients [P] = ∂/∂theta Σ_t taskWeights_t·losses_t, exactly 0 in units that the architecture leaves out. The weights
 * are inputs, so nothing flows into importance ratios.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — one forward and backward pass for all tasks
 */
export function passGraph(plan: NetworkPlan, shape: PassShape): Graph {
  const { layout, batchSize, topology, withGradients } = shape;
  const { space, format, tasks } = plan;
  const { channels, height, width } = format;
  const graph = new Graph();
  const pixels = graph.input('image', plain([batchSize, channels, height, width], 'uint8'));
  const choice = topology ?? elasticTopology(space);
  if (!topology) graph.input(architectureInput, plain([choice.length], 'int64'));
  const theta = graph.input('theta', plain([layout.total]));
  const targets = tasks.map((task) =>
    Object.fromEntries(
      Object.entries(task.targetDims(batchSize)).map(([target, dims]) => [
        target,
        graph.input(targetInput(task.name, target), plain(dims)),
      ]),
    ),
  );
  const tensors = new Map(
    layout.parameters.map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );
  const layers = trainedLayers((name) => tensors.get(parameterNamed(layout, name).name) as Value);
  const outputs = buildHeads(image(pixels, format), plan, choice, layers);
  const losses = tasks.map((task, at) => task.loss(outputs[at] ?? {}, targets[at] ?? {}));
  graph.output(
    'losses',
    concat(
      losses.map((loss) => reshape(loss, [1])),
      0,
    ),
  );
  if (withGradients) {
    const weights = graph.input('taskWeights', plain([tasks.length]));
    const weightOf = (task: number): Value => reshape(slice(weights, [task], [1]), []);
    const total = losses
      .map((loss, task) => mul(loss, weightOf(task)))
      .reduce((sum, term) => add(sum, term));
    graph.output('gradients', flattenAll(gradient(total, [...tensors.values()])));
  }
  return graph;
}

/** `passGraph` under one lowering. */
export const passModel = (plan: NetworkPlan, shape: PassShape, lowering: Lowering): Uint8Array =>
  writeModel(passGraph(plan, shape), { lowering });

/** The architecture vector of `passGraph`. */
export const topologyVector = (topology: Topology): BigInt64Array =>
  BigInt64Array.from(topology, BigInt);
