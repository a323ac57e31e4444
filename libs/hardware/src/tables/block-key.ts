/** @file Names of blocks in per-block lookup tables, as ProxylessNAS and Once-for-All write them. */
import { UnknownBlockError } from '@sextant/common';

/** Height, width, channels. */
export type MapSize = readonly [number, number, number];

/** Layers beside the inverted residual blocks; an output of one number is a vector. */
export interface LayerKey {
  readonly layer: 'Conv' | 'Conv_1' | 'Conv_2' | 'AvgPool2D' | 'Logits';
  readonly input: MapSize;
  readonly output: MapSize | readonly [number];
}

export interface InvertedResidualKey {
  readonly layer: 'expanded_conv';
  readonly input: MapSize;
  readonly output: MapSize;
  readonly expand: number;
  readonly kernel: number;
  readonly stride: number;
  readonly hasSkip: boolean;
  /** Tables of MobileNetV3 say more: squeeze-excite, and h-swish instead of ReLU. */
  readonly v3: { readonly hasSqueezeExcite: boolean; readonly hasHardSwish: boolean } | null;
}

export type BlockKey = LayerKey | InvertedResidualKey;

const size = String.raw`(\d{1,5}x\d{1,5}x\d{1,5})`;
const layerPattern = new RegExp(
  String.raw`^(Conv|Conv_1|Conv_2|AvgPool2D|Logits)-input:${size}-output:(?:${size}|(\d{1,6}))$`,
);
const blockPattern = new RegExp(
  String.raw`^expanded_conv-input:${size}-output:${size}-expand:(\d{1,2})-kernel:(\d{1,2})-stride:([12])-idskip:([01])(?:-se:([01])-hs:([01]))?$`,
);

const mapSize = (text: string): MapSize => text.split('x').map(Number) as unknown as MapSize;

function parseInvertedResidual(text: string): InvertedResidualKey | null {
  const [, input, output, expand, kernel, stride, skip, se, hs] = blockPattern.exec(text) ?? [];
  if (input === undefined || output === undefined) return null;
  const key = {
    layer: 'expanded_conv' as const,
    input: mapSize(input),
    output: mapSize(output),
    expand: Number(expand),
    kernel: Number(kernel),
    stride: Number(stride),
    hasSkip: skip === '1',
    v3: se === undefined ? null : { hasSqueezeExcite: se === '1', hasHardSwish: hs === '1' },
  };
  return isPossible(key) ? key : null;
}

/** Maps shrink by the stride, and a skip connects maps of one size. */
function isPossible({ input, output, stride, hasSkip }: InvertedResidualKey): boolean {
  const [height, width, channels] = output;
  const shrinks = height === Math.ceil(input[0] / stride) && width === Math.ceil(input[1] / stride);
  return shrinks && (!hasSkip || (stride === 1 && channels === input[2]));
}

/**
 * The block that `text` names, or null where it names none.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 — keys of its released latency tables
 */
export function parseBlockKey(text: string): BlockKey | null {
  const [, layer, input, output, units] = layerPattern.exec(text) ?? [];
  if (layer === undefined || input === undefined) return parseInvertedResidual(text);
  return {
    layer: layer as LayerKey['layer'],
    input: mapSize(input),
    output: output === undefined ? [Number(units)] : mapSize(output),
  };
}

export function formatBlockKey(key: BlockKey): string {
  const maps = `${key.layer}-input:${key.input.join('x')}-output:${key.output.join('x')}`;
  if (key.layer !== 'expanded_conv') return maps;
  const { expand, kernel, stride, hasSkip, v3 } = key;
  const own = `expand:${expand}-kernel:${kernel}-stride:${stride}-idskip:${Number(hasSkip)}`;
  const more = v3 ? `-se:${Number(v3.hasSqueezeExcite)}-hs:${Number(v3.hasHardSwish)}` : '';
  return `${maps}-${own}${more}`;
}

/**
 * Σ over blocks of table[block], in ms. Right where blocks run one after another, as at batch 1 on a phone's processor;
 * launch overhead and overlap on GPUs are not in it.
 * @throws {UnknownBlockError} the table lacks a block
 */
export function blockTableLatencyMs(
  table: ReadonlyMap<string, number>,
  blocks: readonly BlockKey[],
): number {
  return blocks.reduce((sum, block) => {
    const key = formatBlockKey(block);
    const value = table.get(key);
    if (value === undefined) throw new UnknownBlockError(`the lookup table has no block ${key}`);
    return sum + value;
  }, 0);
}
