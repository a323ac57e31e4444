/** @file A child taken out of the supernet: a model that yields its batch statistics, and the model that is exported. */
import {
  axisDim,
  batchNorm,
  add,
  conv2d,
  depthwiseConv2d,
  expand,
  Graph,
  image,
  matmul,
  plain,
  relu6,
  squeezeExcite,
  swish,
  writeModel,
  type Value,
} from '@sextant/engine';
import { ShapeError } from '@sextant/common';
import type { Architecture, SearchSpace } from '@sextant/search-space';
import {
  staticSizes,
  buildNetwork,
  networkLayers,
  type ConvNorm,
  type Layers,
  type Linear,
  type SqueezeExcite,
  childTensor,
  parameterNamed,
  type ParameterLayout,
} from '@sextant/networks';
import type { ImageFormat } from './pass-graph';

/** Of every model made here: standard ops. */
export const childLowering = { featureOrder: 'NCHW', blockChannels: null } as const;

/** Images a run of an exported model, the caller's choice. */
export const exportBatch = axisDim('image', 0);

/** A supernet's weights and the child to take out. */
export interface Child {
  readonly space: SearchSpace;
  readonly architecture: Architecture;
  readonly layout: ParameterLayout;
  readonly theta: Float32Array;
}

/** Mean and variance of each normalised layer's input, per channel. */
export type Statistics = ReadonlyMap<
  string,
  { readonly mean: Float32Array; readonly variance: Float32Array }
>;

/** A child's tensor at the sizes its architecture gives the layer. */
const tensorOf = ({ layout, theta }: Child, name: string, sizes: readonly number[]): Float32Array =>
  childTensor(theta, parameterNamed(layout, name), sizes);

function weightDims(layer: ConvNorm): number[] {
  const second = layer.kind === 'depthwise' ? 1 : (layer.inChannels as number);
  return [layer.outChannels as number, second, layer.kernel as number, layer.kernel as number];
}

function convolve(x: Value, layer: ConvNorm, weight: Float32Array, bias?: Float32Array): Value {
  const { graph } = x;
  const dims = weightDims(layer);
  const w = graph.constant(weight, dims);
  const b = bias && graph.constant(bias, [dims[0] as number]);
  return (layer.kind === 'depthwise' ? depthwiseConv2d : conv2d)(x, w, layer.stride, b);
}

function classifier(child: Child) {
  return (x: Value, { name, inFeatures, outFeatures }: Linear): Value => {
    const { graph } = x;
    const weightSizes = [outFeatures, inFeatures as number];
    const weight = graph.constant(tensorOf(child, `${name}.weight`, weightSizes), weightSizes);
    const bias = graph.constant(tensorOf(child, `${name}.bias`, [outFeatures]), [1, outFeatures]);
    const y = matmul(x, weight, false, true);
    return add(y, expand(bias, y.type.dims));
  };
}

function squeezeExciteOf(child: Child) {
  return (x: Value, { name, channels, squeezeChannels }: SqueezeExcite): Value => {
    const [c, s] = [channels as number, squeezeChannels as number];
    const tensor = (suffix: string, dims: readonly number[]): Value =>
      x.graph.constant(tensorOf(child, `${name}.${suffix}`, dims), dims);
    return squeezeExcite(x, {
      reduce: tensor('reduce.weight', [s, c]),
      reduceBias: tensor('reduce.bias', [s]),
      expand: tensor('expand.weight', [c, s]),
      expandBias: tensor('expand.bias', [c]),
    });
  };
}

const activations: Readonly<Record<ConvNorm['activation'], (x: Value) => Value>> = {
  none: (x) => x,
  relu6,
  swish,
};

/** Names of the layers whose statistics a calibration run returns. */
export const normalisedLayers = ({ space, architecture }: Child): readonly string[] =>
  networkLayers(staticSizes(space, architecture)).convNorms.map(({ name }) => name);

/**
 * The child with batch statistics. Input image uint8 [N,C,H,W]; outputs `<layer>.mean` and `<layer>.variance` [C] for
 * every normalised layer.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.5 — statistics are recomputed for every child
 */
export function calibrationGraph(child: Child, format: ImageFormat, batchSize: number): Graph {
  const graph = new Graph();
  const sizes = staticSizes(child.space, child.architecture);
  const layers: Layers = {
    convNorm(x, layer) {
      const channels = layer.outChannels as number;
      const vector = (name: string): Value =>
        graph.constant(tensorOf(child, `${layer.name}.${name}`, [channels]), [channels]);
      const weight = tensorOf(child, `${layer.name}.weight`, weightDims(layer));
      const { y, mean, variance } = batchNorm(
        convolve(x, layer, weight),
        vector('gamma'),
        vector('beta'),
      );
      graph.output(`${layer.name}.mean`, mean);
      graph.output(`${layer.name}.variance`, variance);
      return activations[layer.activation](y);
    },
    squeezeExcite: squeezeExciteOf(child),
    linear: classifier(child),
  };
  const { channels, height, width } = format;
  const pixels = graph.input('image', plain([batchSize, channels, height, width], 'uint8'));
  const side = sizes.resolution;
  buildNetwork(image(pixels, { ...format, height: side, width: side }), sizes, layers);
  return graph;
}

/** `calibrationGraph` as a model. */
export const calibrationModel = (
  child: Child,
  format: ImageFormat,
  batchSize: number,
): Uint8Array =>
  writeModel(calibrationGraph(child, format, batchSize), { lowering: childLowering });

/**
 * The child as a self-contained model: raw pixels in, logits out, any batch. Normalisation is folded into the weights:
 * w' = w·γ/√(σ² + ε), b' = β − μ·γ/√(σ² + ε). Input image uint8 [N,C,H,W] in 0..255; output logits [N,classes].
 */
export function exportGraph(
  child: Child,
  format: ImageFormat,
  statistics: Statistics,
  epsilon = 1e-5,
): Graph {
  const graph = new Graph();
  const sizes = staticSizes(child.space, child.architecture);
  const layers: Layers = {
    convNorm(x, layer) {
      const { weight, bias } = folded(child, layer, statistics, epsilon);
      const y = convolve(x, layer, weight, bias);
      return activations[layer.activation](y);
    },
    squeezeExcite: squeezeExciteOf(child),
    linear: classifier(child),
  };
  const { channels, height, width } = format;
  const pixels = graph.input('image', plain([exportBatch, channels, height, width], 'uint8'));
  const side = sizes.resolution;
  const x = image(pixels, { ...format, height: side, width: side });
  graph.output('logits', buildNetwork(x, sizes, layers));
  return graph;
}

/** `exportGraph` as a file, with `metadata` as string properties. */
export const exportModel = (
  child: Child,
  format: ImageFormat,
  statistics: Statistics,
  metadata: Readonly<Record<string, string>>,
): Uint8Array =>
  writeModel(exportGraph(child, format, statistics), { lowering: childLowering, metadata });

function folded(child: Child, layer: ConvNorm, statistics: Statistics, epsilon: number) {
  const dims = weightDims(layer);
  const channels = dims[0] as number;
  const weight = tensorOf(child, `${layer.name}.weight`, dims);
  const gamma = tensorOf(child, `${layer.name}.gamma`, [channels]);
  const beta = tensorOf(child, `${layer.name}.beta`, [channels]);
  const layerStatistics = statistics.get(layer.name);
  if (!layerStatistics) throw new ShapeError(`no statistics for layer ${layer.name}`);
  const { mean, variance } = layerStatistics;
  const perChannel = weight.length / channels;
  const bias = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const slope = (gamma[c] as number) / Math.sqrt((variance[c] as number) + epsilon);
    bias[c] = (beta[c] as number) - (mean[c] as number) * slope;
    for (let at = c * perChannel; at < (c + 1) * perChannel; at++) {
      weight[at] = (weight[at] as number) * slope;
    }
  }
  return { weight, bias };
}
