/** @file One pass of supernet training as a model: loss, class probabilities and summed gradients of any child. */
import {
  add,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  exp,
  expand,
  flattenAll,
  floorDivDims,
  gradient,
  Graph,
  image,
  leading,
  logSoftmax,
  matmul,
  mul,
  plain,
  relu6,
  reshape,
  scale,
  sgd,
  slice,
  subDims,
  sumAll,
  writeModel,
  type Lowering,
  type Value,
} from '@sextant/engine';
import type { SearchSpace } from '@sextant/search-space';
import { architectureInput, elasticSizes, vectorLength } from './elastic-sizes';
import { buildNetwork, type ConvNorm, type Layers, type Linear } from './network';
import { parameterNamed, type ParameterLayout } from './parameters';

/** Size and normalisation of the images. */
export interface ImageFormat {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
}

/** Weights are slices of the parameter vector; normalisation uses the batch. */
function trainedLayers(tensorNamed: (name: string) => Value): Layers {
  const vector = (name: string, layer: ConvNorm): Value =>
    leading(tensorNamed(name), [layer.outChannels]);
  return {
    convNorm(x: Value, layer: ConvNorm): Value {
      const whole = tensorNamed(`${layer.name}.weight`);
      const largest = whole.type.dims[2] as number;
      const start = floorDivDims(subDims(largest, layer.kernel), 2);
      const second = layer.kind === 'depthwise' ? 1 : layer.inChannels;
      const sizes = [layer.outChannels, second, layer.kernel, layer.kernel];
      const weight = slice(whole, [0, 0, start, start], sizes);
      const convolve = layer.kind === 'depthwise' ? depthwiseConv2d : conv2d;
      const { y } = batchNorm(
        convolve(x, weight, layer.stride),
        vector(`${layer.name}.gamma`, layer),
        vector(`${layer.name}.beta`, layer),
      );
      return layer.activation ? relu6(y) : y;
    },
    linear(x: Value, { name, inFeatures, outFeatures }: Linear): Value {
      const weight = leading(tensorNamed(`${name}.weight`), [outFeatures, inFeatures]);
      const bias = reshape(tensorNamed(`${name}.bias`), [1, outFeatures]);
      const y = matmul(x, weight, false, true);
      return add(y, expand(bias, y.type.dims));
    },
  };
}

/**
 * Inputs: image uint8 [N,C,H,W], targets [N,K], architecture int64, theta [P], gradientSum [P].
 * Outputs: loss = −(1/N)·Σ p·log q with q the child's softmax and p the targets; probabilities q [N,K];
 * gradients = gradientSum + ∂loss/∂theta, exactly 0 in the second term outside the child.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.2 — soft-label loss of in-place distillation
 */
export function trainModel(
  space: SearchSpace,
  layout: ParameterLayout,
  format: ImageFormat,
  batchSize: number,
  lowering: Lowering,
): Uint8Array {
  const graph = new Graph();
  const { channels, height, width } = format;
  const pixels = graph.input('image', plain([batchSize, channels, height, width], 'uint8'));
  const targets = graph.input('targets', plain([batchSize, space.classes]));
  graph.input(architectureInput, plain([vectorLength(space)], 'int64'));
  const theta = graph.input('theta', plain([layout.total]));
  const gradientSum = graph.input('gradientSum', plain([layout.total]));

  const tensors = new Map(
    layout.parameters.map(({ name, dims, offset, size }) => [
      name,
      reshape(slice(theta, [offset], [size]), dims),
    ]),
  );
  const sizes = elasticSizes(space);
  const x = image(pixels, { ...format, height: sizes.resolution, width: sizes.resolution });
  const tensorNamed = (name: string): Value =>
    tensors.get(parameterNamed(layout, name).name) as Value;
  const logProbabilities = logSoftmax(buildNetwork(x, sizes, trainedLayers(tensorNamed)));
  const loss = scale(sumAll(mul(targets, logProbabilities)), -1 / batchSize);
  const gradients = flattenAll(gradient(loss, [...tensors.values()]));

  graph.output('loss', loss);
  graph.output('probabilities', exp(logProbabilities));
  graph.output('gradients', add(gradientSum, gradients));
  return writeModel(graph, { lowering });
}

/** Inputs theta, velocity, gradients [P], learningRate []; outputs nextTheta, nextVelocity [P]. */
export function updateModel(
  layout: ParameterLayout,
  options: {
    readonly momentum: number;
    readonly gradientClip: number;
    readonly weightDecay: number;
  },
): Uint8Array {
  const graph = new Graph();
  const dims = [layout.total];
  const decay = new Float32Array(layout.total);
  for (const { offset, size, decays } of layout.parameters) {
    if (decays) decay.fill(options.weightDecay, offset, offset + size);
  }
  const next = sgd(
    {
      theta: graph.input('theta', plain(dims)),
      velocity: graph.input('velocity', plain(dims)),
      gradient: graph.input('gradients', plain(dims)),
      learningRate: graph.input('learningRate', plain([])),
      weightDecay: graph.constant(decay, dims),
    },
    options,
  );
  graph.output('nextTheta', next.theta);
  graph.output('nextVelocity', next.velocity);
  return writeModel(graph, { lowering: { featureOrder: 'NCHW', depthwise: 'portable' } });
}
