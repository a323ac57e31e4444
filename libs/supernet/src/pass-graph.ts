/** @file One pass of training, whatever the network: loss, class probabilities and summed gradients of any child. */
import {
  add,
  exp,
  flattenAll,
  gradient,
  Graph,
  logSoftmax,
  mul,
  plain,
  reshape,
  scale,
  slice,
  sumAll,
  type Value,
} from '@sextant/engine';
import { architectureInput, parameterNamed, type ParameterLayout } from '@sextant/networks';

/** Size and normalisation of the images. */
export interface ImageFormat {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

export interface PassShape {
  readonly layout: ParameterLayout;
  readonly format: ImageFormat;
  readonly batchSize: number;
  readonly classes: number;
  /** Length of the architecture vector; 0: the network is one architecture. */
  readonly vectorLength: number;
  /** What the logits are held to; absent: cross-entropy with the targets. */
  readonly objective?: Objective;
}

/** A loss [] in nats. Shapes: log-probabilities and targets [N,K], each row of targets a distribution. */
export type Objective = (logProbabilities: Value, targets: Value) => Value;

/** −(1/N)·Σ p·log q, p the targets. */
const softLabels: Objective = (logProbabilities, targets) =>
  scale(sumAll(mul(targets, logProbabilities)), -1 / (logProbabilities.type.dims[0] as number));

/** Logits [N,K] of raw pixels uint8 [N,C,H,W], with the network's tensors by name. */
export type Logits = (pixels: Value, tensorNamed: (name: string) => Value) => Value;

export interface Forward {
  readonly theta: Value;
  readonly tensors: readonly Value[];
  readonly tensorNamed: (name: string) => Value;
  readonly loss: Value;
  readonly logProbabilities: Value;
}

/** Inputs image, targets, architecture (unless there is one only) and theta, and the loss of the network. */
export function forward(graph: Graph, shape: PassShape, logits: Logits): Forward {
  const { layout, batchSize, classes, vectorLength, objective = softLabels } = shape;
  const { channels, height, width } = shape.format;
  const pixels = graph.input('image', plain([batchSize, channels, height, width], 'uint8'));
  const targets = graph.input('targets', plain([batchSize, classes]));
  if (vectorLength > 0) graph.input(architectureInput, plain([vectorLength], 'int64'));
  const theta = graph.input('theta', plain([layout.total]));
  const tensors = new Map(
    layout.parameters.map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );
  const tensorNamed = (name: string): Value =>
    tensors.get(parameterNamed(layout, name).name) as Value;
  const logProbabilities = logSoftmax(logits(pixels, tensorNamed));
  const loss = objective(logProbabilities, targets);
  return { theta, tensors: [...tensors.values()], tensorNamed, loss, logProbabilities };
}

/**
 * Inputs: image uint8 [N,C,H,W], targets [N,K], architecture int64 (unless there is one only), theta [P], gradientSum [P].
 * Outputs: loss = −(1/N)·Σ p·log q with q the child's softmax and p the targets, unless the shape has another objective;
 * probabilities q [N,K]; gradients = gradientSum + ∂loss/∂theta, exactly 0 in the second term outside the child.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.2 — soft-label loss of in-place distillation
 */
export function passGraph(shape: PassShape, logits: Logits): Graph {
  const graph = new Graph();
  const { tensors, loss, logProbabilities } = forward(graph, shape, logits);
  const gradientSum = graph.input('gradientSum', plain([shape.layout.total]));
  const gradients = flattenAll(gradient(loss, tensors));
  graph.output('loss', loss);
  graph.output('probabilities', exp(logProbabilities));
  graph.output('gradients', add(gradientSum, gradients));
  return graph;
}

/** The inputs of `passGraph` but gradientSum; output loss alone, which costs about a third. */
export function lossGraph(shape: PassShape, logits: Logits): Graph {
  const graph = new Graph();
  graph.output('loss', forward(graph, shape, logits).loss);
  return graph;
}
