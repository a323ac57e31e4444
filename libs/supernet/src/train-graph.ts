/** @file One pass of supernet training as a model: loss, class probabilities and summed gradients of any child. */
import {
  add,
  conv2d,
  depthwiseConv2d,
  expand,
  floorDivDims,
  Graph,
  image,
  leading,
  matmul,
  maxDim,
  normActivation,
  pointwiseNormActivation,
  reshape,
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
import { lossGraph, passGraph, type ImageFormat, type Objective } from './pass-graph';
import { none, regularisers, type Regularisation, type Regularisers } from './regularisation';

/** Where statistics of the input are cheaper than those of the output: a 1×1 convolution to more channels. */
const widens = ({ kind, kernel, stride, inChannels, outChannels }: ConvNorm): boolean =>
  kind === 'dense' && kernel === 1 && stride === 1 && maxDim(outChannels) >= 2 * maxDim(inChannels);

/** Weights are slices of the parameter vector; normalisation uses the batch. */
export function trainedLayers(
  tensorNamed: (name: string) => Value,
  regularised: Regularisers,
): Layers {
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
      const y = matmul(regularised.features(x), weight, false, true);
      return add(y, expand(bias, y.type.dims));
    },
    branch: (y, block) => regularised.branch(y, block),
  };
}

export interface NetworkOptions {
  /** Builds this one child, faster; absent: every child, by the architecture vector. */
  readonly architecture?: Architecture;
  /** Of a network of known sizes only. */
  readonly regularisation?: Regularisation;
  readonly objective?: Objective;
}

export interface PassOptions extends NetworkOptions {
  readonly lowering: Lowering;
}

/** A pass as `passGraph` or `lossGraph` builds it, of a space's network. */
function graphOf(
  build: typeof passGraph,
  space: SearchSpace,
  layout: ParameterLayout,
  format: ImageFormat,
  batchSize: number,
  { architecture, regularisation = none, objective }: NetworkOptions = {},
): Graph {
  const sizes = architecture ? staticSizes(space, architecture) : elasticSizes(space);
  return build(
    {
      layout,
      format,
      batchSize,
      classes: space.classes,
      vectorLength: architecture ? 0 : vectorLength(space),
      ...(objective ? { objective } : {}),
    },
    (pixels, tensorNamed) => {
      const regularised = regularisers(pixels.graph, sizes, batchSize, regularisation);
      const x = image(pixels, { ...format, height: sizes.resolution, width: sizes.resolution });
      return buildNetwork(x, sizes, trainedLayers(tensorNamed, regularised));
    },
  );
}

type NetworkArguments = [SearchSpace, ParameterLayout, ImageFormat, number, NetworkOptions?];

/** `passGraph` of a space's network: space, layout, format, images in a batch, options. */
export const trainGraph = (...network: NetworkArguments): Graph => graphOf(passGraph, ...network);

/** `trainGraph` under one lowering. */
export const trainModel = (
  space: SearchSpace,
  layout: ParameterLayout,
  format: ImageFormat,
  batchSize: number,
  { lowering, ...options }: PassOptions,
): Uint8Array => writeModel(trainGraph(space, layout, format, batchSize, options), { lowering });

/** `lossGraph` of a space's network, every child by the architecture vector. */
export const elasticLossModel = (
  space: SearchSpace,
  layout: ParameterLayout,
  format: ImageFormat,
  batchSize: number,
  lowering: Lowering,
): Uint8Array => writeModel(graphOf(lossGraph, space, layout, format, batchSize), { lowering });
