/** @file Inverted residual networks for scoring: every architecture a graph of known sizes. */
import {
  conv2d,
  depthwiseConv2d,
  linear,
  normActivation,
  squeezeExcite,
  swish,
  type Value,
} from '@sextant/engine';
import {
  buildNetwork,
  constant,
  heNormal,
  normal,
  staticSizes,
  type ConvNorm,
  type Layers,
  type Linear,
  type TensorSource,
} from '@sextant/networks';
import type { Architecture, SearchSpace } from '@sextant/search-space';
import type { NetworkFamily } from '../network/network-family';

/** A layer with all sizes known. */
function convNorm(x: Value, layer: ConvNorm, tensor: TensorSource): Value {
  const [co, ci, k] = [layer.outChannels, layer.inChannels, layer.kernel] as number[] as [
    number,
    number,
    number,
  ];
  const isDepthwise = layer.kind === 'depthwise';
  const w = tensor(`${layer.name}.weight`, [co, isDepthwise ? 1 : ci, k, k], heNormal(co * k * k));
  const gamma = tensor(`${layer.name}.gamma`, [co], constant(1));
  const beta = tensor(`${layer.name}.beta`, [co], constant(0));
  const convolved = isDepthwise ? depthwiseConv2d(x, w, layer.stride) : conv2d(x, w, layer.stride);
  const isSwish = layer.activation === 'swish';
  const y = normActivation(convolved, gamma, beta, isSwish ? 'none' : layer.activation).y;
  return isSwish ? swish(y) : y;
}

function linearTensors({ name, inFeatures, outFeatures }: Linear, tensor: TensorSource) {
  const inSize = inFeatures as number;
  return [
    tensor(`${name}.weight`, [outFeatures, inSize], normal(Math.sqrt(1 / inSize))),
    tensor(`${name}.bias`, [outFeatures], constant(0)),
  ] as const;
}

const layersOf = (tensor: TensorSource): Layers => ({
  convNorm: (x, layer) => convNorm(x, layer, tensor),
  squeezeExcite(x, { name, channels, squeezeChannels }) {
    const [c, s] = [channels as number, squeezeChannels as number];
    const reduceLayer = { name: `${name}.reduce`, inFeatures: c, outFeatures: s };
    const [reduce, reduceBias] = linearTensors(reduceLayer, tensor);
    const expandLayer = { name: `${name}.expand`, inFeatures: s, outFeatures: c };
    const [expand, expandBias] = linearTensors(expandLayer, tensor);
    return squeezeExcite(x, { reduce, reduceBias, expand, expandBias });
  },
  linear: (x, layer) => linear(x, ...linearTensors(layer, tensor)),
});

/** Every normalisation starts with γ = 1, those at the end of a residual too: proxies look at the default of frameworks. */
export function mbconvFamily(space: SearchSpace): NetworkFamily<Architecture> {
  return {
    classes: space.classes,
    imageOf: ({ resolution }) => ({
      channels: space.input.channels,
      height: resolution,
      width: resolution,
    }),
    build: (x, architecture, { tensor, onBlock }) =>
      buildNetwork(x, staticSizes(space, architecture), layersOf(tensor), onBlock),
    has: () => true,
    elastic: null,
  };
}
