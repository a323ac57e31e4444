/** @file The network of inverted residual blocks, written once; what a layer is, is the caller's choice. */
import { add, globalAvgPool, type Dim, type Value } from '@sextant/engine';
import type { BlockSizes, NetworkSizes } from './elastic-sizes';

/** A convolution with the normalisation behind it. */
export interface ConvNorm {
  readonly name: string;
  readonly kind: 'dense' | 'depthwise';
  readonly inChannels: Dim;
  readonly outChannels: Dim;
  readonly kernel: Dim;
  readonly stride: number;
  readonly activation: boolean;
  /** The last normalisation of a block with a shortcut: its scale starts at 0, so that the block starts as identity. */
  readonly endsResidual: boolean;
}

export interface Linear {
  readonly name: string;
  readonly inFeatures: Dim;
  readonly outFeatures: number;
}

/** How layers get their weights and statistics: sliced and trained, calibrated, or folded. */
export interface Layers {
  convNorm(x: Value, layer: ConvNorm): Value;
  linear(x: Value, layer: Linear): Value;
}

const pointwise = { kind: 'dense', kernel: 1, stride: 1 } as const;

/** The layers of one block, in order. */
export function blockLayers(sizes: BlockSizes): ConvNorm[] {
  const { inChannels, midChannels, outChannels, kernel, stride, hasShortcut } = sizes;
  const prefix = `stages.${sizes.stage}.blocks.${sizes.block}`;
  const expand: ConvNorm = {
    ...pointwise,
    name: `${prefix}.expand`,
    inChannels,
    outChannels: midChannels,
    activation: true,
    endsResidual: false,
  };
  return [
    ...(sizes.hasExpansion ? [expand] : []),
    {
      name: `${prefix}.depthwise`,
      kind: 'depthwise',
      inChannels: midChannels,
      outChannels: midChannels,
      kernel,
      stride,
      activation: true,
      endsResidual: false,
    },
    {
      ...pointwise,
      name: `${prefix}.project`,
      inChannels: midChannels,
      outChannels,
      activation: false,
      endsResidual: hasShortcut,
    },
  ];
}

export const stemLayer = ({ inChannels, stem }: NetworkSizes): ConvNorm => ({
  name: 'stem',
  kind: 'dense',
  inChannels,
  outChannels: stem.outChannels,
  kernel: 3,
  stride: stem.stride,
  activation: true,
  endsResidual: false,
});

const lastChannels = ({ blocks, stem }: NetworkSizes): Dim =>
  blocks.at(-1)?.outChannels ?? stem.outChannels;

export function headLayer(sizes: NetworkSizes): ConvNorm | null {
  if (sizes.headChannels === null) return null;
  return {
    ...pointwise,
    name: 'head',
    inChannels: lastChannels(sizes),
    outChannels: sizes.headChannels,
    activation: true,
    endsResidual: false,
  };
}

export const classifierLayer = (sizes: NetworkSizes): Linear => ({
  name: 'classifier',
  inFeatures: sizes.headChannels ?? lastChannels(sizes),
  outFeatures: sizes.classes,
});

/** Every layer of the network, in order. */
export const networkLayers = (sizes: NetworkSizes) => {
  const head = headLayer(sizes);
  return {
    convNorms: [
      stemLayer(sizes),
      ...sizes.blocks.flatMap(blockLayers),
      ...(head ? [head] : []),
    ] as readonly ConvNorm[],
    classifier: classifierLayer(sizes),
  };
};

/**
 * Logits of a network: stem, blocks (each skipped where its `on` is 0), optional last convolution, mean over space,
 * classifier. Shapes: x feature [N,C,H,W] → [N,classes].
 */
export function buildNetwork(x: Value, sizes: NetworkSizes, layers: Layers): Value {
  let h = layers.convNorm(x, stemLayer(sizes));
  for (const block of sizes.blocks) h = buildBlock(h, block, layers);
  const head = headLayer(sizes);
  if (head) h = layers.convNorm(h, head);
  return layers.linear(globalAvgPool(h), classifierLayer(sizes));
}

function buildBlock(x: Value, sizes: BlockSizes, layers: Layers): Value {
  const body = (): Value => {
    const y = blockLayers(sizes).reduce((h, layer) => layers.convNorm(h, layer), x);
    return sizes.hasShortcut ? add(x, y) : y;
  };
  if (sizes.on === 1) return body();
  const { outputs } = x.graph.condition(
    sizes.on,
    () => [body()],
    () => [x],
  );
  return outputs[0] as Value;
}
