/** @file The networks of a topology space: a backbone, then stages of four parallel paths that exchange features. */
import {
  add,
  avgPool2d,
  conv2d,
  depthwiseConv2d,
  elementDim,
  resize,
  squeezeExcite,
  type Dim,
  type Value,
} from '@sextant/engine';
import {
  blocksOf,
  edgesOf,
  hasFusionBehind,
  pathCount,
  pathWidth,
  stemBlocks,
  topologyUnits,
  type FusionEdge,
  type PathBlock,
  type TopologySpace,
} from '@sextant/search-space';
import { architectureInput } from './elastic-sizes';
import { constant, heNormal, normal, type TensorSource } from './tensor-source';

/** A convolution and the normalisation behind it. */
export interface TopologyConv {
  readonly name: string;
  readonly kind: 'dense' | 'depthwise';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly activation: TopologySpace['activation'] | 'none';
}

export interface ConvWeights {
  readonly weight: Value;
  readonly gamma: Value;
  readonly beta: Value;
}

/** Where tensors come from, and how a convolution's output is normalised: by the batch, or by given statistics. */
export interface TopologyLayers {
  readonly tensor: TensorSource;
  convNorm(x: Value, weights: ConvWeights, conv: TopologyConv): Value;
}

/** 1 or 0 for each unit of `topologyUnits`: numbers for one architecture, run-time choices for all of them. */
export type TopologyChoice = readonly Dim[];

/** Every unit as an element of the architecture vector. */
export const elasticTopology = (space: TopologySpace): TopologyChoice =>
  topologyUnits(space).map((_, at) => elementDim(architectureInput, at, [0, 1]));

/** `gammaStart` 0 at the end of what is added to something else, so that it starts as an identity. */
export function convNorm(
  x: Value,
  conv: TopologyConv,
  layers: TopologyLayers,
  gammaStart: 0 | 1 = 1,
): Value {
  const { name, kind, inChannels, outChannels, kernel } = conv;
  const second = kind === 'depthwise' ? 1 : inChannels;
  const fanOut = (kind === 'depthwise' ? 1 : outChannels) * kernel ** 2;
  const weights = {
    weight: layers.tensor(
      `${name}.weight`,
      [outChannels, second, kernel, kernel],
      heNormal(fanOut),
    ),
    gamma: layers.tensor(`${name}.gamma`, [outChannels], constant(gammaStart)),
    beta: layers.tensor(`${name}.beta`, [outChannels], constant(0)),
  };
  return layers.convNorm(x, weights, conv);
}

/** The convolution alone, as every way of normalising needs it. */
export const convolve = (x: Value, weight: Value, { kind, stride }: TopologyConv): Value =>
  (kind === 'depthwise' ? depthwiseConv2d : conv2d)(x, weight, stride);

function excite(x: Value, { name, midChannels, squeezeChannels }: PathBlock, tensor: TensorSource) {
  const prefix = `${name}.squeezeExcite`;
  const weight = (layer: string, outputs: number, inputs: number): Value =>
    tensor(`${prefix}.${layer}.weight`, [outputs, inputs], normal(Math.sqrt(1 / inputs)));
  const bias = (layer: string, outputs: number): Value =>
    tensor(`${prefix}.${layer}.bias`, [outputs], constant(0));
  return squeezeExcite(x, {
    reduce: weight('reduce', squeezeChannels, midChannels),
    reduceBias: bias('reduce', squeezeChannels),
    expand: weight('expand', midChannels, squeezeChannels),
    expandBias: bias('expand', midChannels),
  });
}

function buildBlock(
  x: Value,
  block: PathBlock,
  activation: TopologySpace['activation'],
  layers: TopologyLayers,
): Value {
  const { name, inChannels, midChannels, outChannels, kernel, stride } = block;
  const dense = { kind: 'dense', kernel: 1, stride: 1 } as const;
  const expand = { ...dense, name: `${name}.expand`, inChannels, outChannels: midChannels };
  const wide = block.hasExpansion ? convNorm(x, { ...expand, activation }, layers) : x;
  const depthwise = { name: `${name}.depthwise`, kind: 'depthwise', kernel, stride } as const;
  const channels = { inChannels: midChannels, outChannels: midChannels };
  const filtered = convNorm(wide, { ...depthwise, ...channels, activation }, layers);
  const scaled = block.squeezeChannels > 0 ? excite(filtered, block, layers.tensor) : filtered;
  const project = { ...dense, name: `${name}.project`, inChannels: midChannels, outChannels };
  const y = convNorm(scaled, { ...project, activation: 'none' }, layers, block.isResidual ? 0 : 1);
  return block.isResidual ? add(x, y) : y;
}

/** `kept` where `choice` is 1, `left` where it is 0. */
function chosen(choice: Dim, kept: () => Value, left: Value): Value {
  if (choice === 1) return kept();
  if (choice === 0) return left;
  const { outputs } = left.graph.condition(
    choice,
    () => [kept()],
    () => [left],
  );
  return outputs[0] as Value;
}

/** Sizes of a path's maps. */
const sizeOf = (map: Value): readonly [number, number] =>
  map.type.dims.slice(2) as unknown as readonly [number, number];

/**
 * One path's map as another path needs it: a 1×1 convolution to its width and a change of size, on whichever side is
 * smaller. Upwards the order makes no difference, since normalised pixels are only repeated.
 */
function alongEdge(
  map: Value,
  to: Value,
  { name, from, to: target }: FusionEdge,
  space: TopologySpace,
  layers: TopologyLayers,
): Value {
  const [inChannels, outChannels] = [pathWidth(space, from), pathWidth(space, target)];
  const dense = { name, kind: 'dense', kernel: 1, stride: 1, activation: 'none' } as const;
  const convolved = (x: Value): Value =>
    convNorm(x, { ...dense, inChannels, outChannels }, layers, 0);
  const [height, width] = sizeOf(to);
  if (from > target) return resize(convolved(map), height, width, 'nearest');
  return convolved(avgPool2d(map, { kernel: 2 ** (target - from) }));
}

/**
 * Maps of the four paths after the last stage. Shapes: x feature [N,C,H,W], H and W multiples of 32 →
 * four of [N, width, H/4·2^−p, W/4·2^−p], p = 0…3.
 * Stage 0 is a backbone in which each path is made from the one before it; in stages 1…S the paths stand side by side;
 * behind stages 1…S−1 each path gets added what comes along the edges from the other three, read before any of them
 * changes. A unit whose choice is 0 is left out, a block as identity, an edge as 0.
 * @see Wu et al. 2021, FBNetV5, arXiv:2111.10007 — supernet of four paths, stages and fusion modules
 */
export function buildTopology(
  x: Value,
  space: TopologySpace,
  choice: TopologyChoice,
  layers: TopologyLayers,
): readonly Value[] {
  const { activation } = space;
  const choiceOf = new Map(topologyUnits(space).map(({ name }, at) => [name, choice[at] as Dim]));
  const along = (start: Value, blocks: readonly PathBlock[]): Value =>
    blocks.reduce((h, block) => {
      const body = (): Value => buildBlock(h, block, activation, layers);
      return chosen(choiceOf.get(block.name) ?? 1, body, h);
    }, start);
  const stem = {
    ...({ name: 'stem', kind: 'dense', kernel: 3, stride: 2, activation } as const),
    ...{ inChannels: space.input.channels, outChannels: space.stem.width },
  };
  let before = along(convNorm(x, stem, layers), stemBlocks(space));
  let maps: readonly Value[] = Array.from({ length: pathCount }, (_, path) => {
    before = along(before, blocksOf(space, 0, path));
    return before;
  });
  for (let stage = 1; stage <= space.stages; stage++) {
    maps = maps.map((map, path) => along(map, blocksOf(space, stage, path)));
    if (!hasFusionBehind(space, stage)) continue;
    const sources = maps;
    maps = sources.map((map, path) =>
      edgesOf(stage)
        .filter(({ to }) => to === path)
        .reduce((sum, edge) => {
          const source = sources[edge.from] as Value;
          const more = (): Value => add(sum, alongEdge(source, map, edge, space, layers));
          return chosen(choiceOf.get(edge.name) ?? 1, more, sum);
        }, map),
    );
  }
  return maps;
}
