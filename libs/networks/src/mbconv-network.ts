/** @file The network of inverted residual blocks, written once; what a layer is, is the caller's choice. */
import { add, globalAvgPool, type Dim, type Value } from '@sextant/engine';
import { untouched, type BlockHook } from './block-hook';
import type { BlockSizes, NetworkSizes } from './elastic-sizes';

/** A convolution with the normalisation behind it. */
export interface ConvNorm {
  readonly name: string;
  readonly kind: 'dense' | 'depthwise';
  readonly inChannels: Dim;
  readonly outChannels: Dim;
  readonly kernel: Dim;
  readonly stride: number;
  readonly activation: NetworkSizes['activation'] | 'none';
  /** The last normalisation of a block with a shortcut: its scale starts at 0, so that the block starts as identity. */
  readonly endsResidual: boolean;
}

export interface Linear {
  readonly name: string;
  readonly inFeatures: Dim;
  readonly outFeatures: number;
}

/** Squeeze-and-excite of `channels`. */
export interface SqueezeExcite {
  readonly name: string;
  readonly channels: Dim;
  readonly squeezeChannels: Dim;
}

/** How layers get their weights and statistics: sliced and trained, calibrated, or folded. */
export interface Layers {
  convNorm(x: Value, layer: ConvNorm): Value;
  squeezeExcite(x: Value, layer: SqueezeExcite): Value;
  linear(x: Value, layer: Linear): Value;
  /** What becomes of a branch before it is added to its shortcut; absent: nothing. */
  branch?(y: Value, block: BlockSizes): Value;
}

const pointwise = { kind: 'dense', kernel: 1, stride: 1 } as const;

/** The layers of one block; the squeeze-and-excite stands between the depthwise convolution and the projection. */
export interface BlockLayers {
  readonly expand: ConvNorm | null;
  readonly depthwise: ConvNorm;
  readonly squeezeExcite: SqueezeExcite | null;
  readonly project: ConvNorm;
}

export function blockLayers(
  sizes: BlockSizes,
  activation: NetworkSizes['activation'],
): BlockLayers {
  const { inChannels, midChannels, outChannels, kernel, stride, squeezeChannels } = sizes;
  const prefix = `stages.${sizes.stage}.blocks.${sizes.block}`;
  const inner = { outChannels: midChannels, activation, endsResidual: false };
  return {
    expand: sizes.hasExpansion
      ? { ...pointwise, ...inner, name: `${prefix}.expand`, inChannels }
      : null,
    depthwise: {
      ...inner,
      name: `${prefix}.depthwise`,
      kind: 'depthwise',
      inChannels: midChannels,
      kernel,
      stride,
    },
    squeezeExcite:
      squeezeChannels === null
        ? null
        : { name: `${prefix}.squeezeExcite`, channels: midChannels, squeezeChannels },
    project: {
      ...pointwise,
      name: `${prefix}.project`,
      inChannels: midChannels,
      outChannels,
      activation: 'none',
      endsResidual: sizes.hasShortcut,
    },
  };
}

export const stemLayer = ({ inChannels, stem, activation }: NetworkSizes): ConvNorm => ({
  name: 'stem',
  kind: 'dense',
  inChannels,
  outChannels: stem.outChannels,
  kernel: 3,
  stride: stem.stride,
  activation,
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
    activation: sizes.activation,
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
  const blocks = sizes.blocks.map((block) => blockLayers(block, sizes.activation));
  const present = <T>(layer: T | null): readonly T[] => (layer === null ? [] : [layer]);
  return {
    convNorms: [
      stemLayer(sizes),
      ...blocks.flatMap(({ expand, depthwise, project }) => [
        ...present(expand),
        depthwise,
        project,
      ]),
      ...present(head),
    ] as readonly ConvNorm[],
    squeezeExcites: blocks.flatMap(({ squeezeExcite }) => present(squeezeExcite)),
    classifier: classifierLayer(sizes),
  };
};

/**
 * Logits of a network: stem, blocks (each skipped where its `on` is 0), optional last convolution, mean over space,
 * classifier. Shapes: x feature [N,C,H,W] → [N,classes]. `onBlock` sees the outputs of the stem and of every block.
 */
export function buildNetwork(
  x: Value,
  sizes: NetworkSizes,
  layers: Layers,
  onBlock: BlockHook = untouched,
): Value {
  let h = onBlock(layers.convNorm(x, stemLayer(sizes)));
  for (const block of sizes.blocks) h = onBlock(buildBlock(h, block, sizes.activation, layers));
  const head = headLayer(sizes);
  if (head) h = layers.convNorm(h, head);
  return layers.linear(globalAvgPool(h), classifierLayer(sizes));
}

/** A block without its shortcut: expansion, depthwise convolution, squeeze-and-excite, projection. */
export function buildBranch(
  x: Value,
  { expand, depthwise, squeezeExcite, project }: BlockLayers,
  layers: Layers,
): Value {
  const wide = expand ? layers.convNorm(x, expand) : x;
  const filtered = layers.convNorm(wide, depthwise);
  const scaled = squeezeExcite ? layers.squeezeExcite(filtered, squeezeExcite) : filtered;
  return layers.convNorm(scaled, project);
}

function buildBlock(
  x: Value,
  sizes: BlockSizes,
  activation: NetworkSizes['activation'],
  layers: Layers,
): Value {
  const body = (): Value => {
    const y = buildBranch(x, blockLayers(sizes, activation), layers);
    if (!sizes.hasShortcut) return y;
    return add(x, layers.branch?.(y, sizes) ?? y);
  };
  if (sizes.on === 1) return body();
  const { outputs } = x.graph.condition(
    sizes.on,
    () => [body()],
    () => [x],
  );
  return outputs[0] as Value;
}
