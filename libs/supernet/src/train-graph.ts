/** @file One pass of supernet training as a model: loss, class probabilities and summed gradients of any child. */
import {
  add,
  addWeightDecay,
  clipByValue,
  conv2d,
  decayCoefficients,
  depthwiseConv2d,
  expand,
  floorDivDims,
  Graph,
  image,
  leading,
  matmul,
  maxDim,
  normActivation,
  plain,
  pointwiseNormActivation,
  portableLowerings,
  reshape,
  sgd,
  slice,
  squeezeExcite,
  subDims,
  swish,
  writeModel,
  type Lowering,
  type Value,
} from '@sextant/engine';
import type { Architecture, SearchSpace } from '@sextant/search-space';
import {
  elasticSizes,
  staticSizes,
  vectorLength,
  buildNetwork,
  type ConvNorm,
  type Layers,
  type Linear,
  type SqueezeExcite,
  type ParameterLayout,
} from '@sextant/networks';
import { passGraph, type ImageFormat } from './pass-graph';

/** Where statistics of the input are cheaper than those of the output: a 1×1 convolution to more channels. */
const widens = ({ kind, kernel, stride, inChannels, outChannels }: ConvNorm): boolean =>
  kind === 'dense' && kernel === 1 && stride === 1 && maxDim(outChannels) >= 2 * maxDim(inChannels);

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
      const gamma = vector(`${layer.name}.gamma`, layer);
      const beta = vector(`${layer.name}.beta`, layer);
      // Swish cannot be undone from its output, so it stands beside the normalisation that others are fused with.
      const fused = layer.activation === 'swish' ? 'none' : layer.activation;
      const behind = layer.activation === 'swish' ? swish : (y: Value): Value => y;
      if (widens(layer)) return behind(pointwiseNormActivation(x, weight, gamma, beta, fused).y);
      const convolve = layer.kind === 'depthwise' ? depthwiseConv2d : conv2d;
      return behind(normActivation(convolve(x, weight, layer.stride), gamma, beta, fused).y);
    },
    squeezeExcite(x: Value, { name, channels, squeezeChannels }: SqueezeExcite): Value {
      return squeezeExcite(x, {
        reduce: leading(tensorNamed(`${name}.reduce.weight`), [squeezeChannels, channels]),
        reduceBias: leading(tensorNamed(`${name}.reduce.bias`), [squeezeChannels]),
        expand: leading(tensorNamed(`${name}.expand.weight`), [channels, squeezeChannels]),
        expandBias: leading(tensorNamed(`${name}.expand.bias`), [channels]),
      });
    },
    linear(x: Value, { name, inFeatures, outFeatures }: Linear): Value {
      const weight = leading(tensorNamed(`${name}.weight`), [outFeatures, inFeatures]);
      const bias = reshape(tensorNamed(`${name}.bias`), [1, outFeatures]);
      const y = matmul(x, weight, false, true);
      return add(y, expand(bias, y.type.dims));
    },
  };
}

export interface PassOptions {
  readonly lowering: Lowering;
  /** Builds this one child, faster; absent: every child, by the architecture vector. */
  readonly architecture?: Architecture;
}

/** `passGraph` of a space's network. */
export function trainGraph(
  space: SearchSpace,
  layout: ParameterLayout,
  format: ImageFormat,
  batchSize: number,
  architecture?: Architecture,
): Graph {
  const sizes = architecture ? staticSizes(space, architecture) : elasticSizes(space);
  return passGraph(
    {
      layout,
      format,
      batchSize,
      classes: space.classes,
      vectorLength: architecture ? 0 : vectorLength(space),
    },
    (pixels, tensorNamed) => {
      const x = image(pixels, { ...format, height: sizes.resolution, width: sizes.resolution });
      return buildNetwork(x, sizes, trainedLayers(tensorNamed));
    },
  );
}

/** `trainGraph` under one lowering. */
export const trainModel = (
  space: SearchSpace,
  layout: ParameterLayout,
  format: ImageFormat,
  batchSize: number,
  { lowering, architecture }: PassOptions,
): Uint8Array =>
  writeModel(trainGraph(space, layout, format, batchSize, architecture), { lowering });

export interface UpdateOptions {
  readonly momentum: number;
  readonly gradientClip: number;
  readonly weightDecay: number;
}

/**
 * Inputs theta, velocity, gradients [P], learningRate []; outputs nextTheta, nextVelocity [P].
 * Gradients are clamped to ±gradientClip before decay is added; Nesterov momentum.
 */
export function updateGraph(layout: ParameterLayout, options: UpdateOptions): Graph {
  const graph = new Graph();
  const dims = [layout.total];
  const theta = graph.input('theta', plain(dims));
  const velocity = graph.input('velocity', plain(dims));
  const gradients = graph.input('gradients', plain(dims));
  const learningRate = graph.input('learningRate', plain([]));
  const decay = decayCoefficients(layout.total, layout.parameters, options.weightDecay);
  const descent = addWeightDecay(
    clipByValue(gradients, options.gradientClip),
    theta,
    graph.constant(decay, dims),
  );
  const next = sgd(
    { theta, velocity, gradient: descent, learningRate },
    { momentum: options.momentum, nesterov: true },
  );
  graph.output('nextTheta', next.theta);
  graph.output('nextVelocity', next.velocity);
  return graph;
}

/** Of the update, which has no feature maps. */
export const updateLowering = portableLowerings.known;

/** `updateGraph` as a model. */
export const updateModel = (layout: ParameterLayout, options: UpdateOptions): Uint8Array =>
  writeModel(updateGraph(layout, options), { lowering: updateLowering });
