/** @file A network of inverted residual blocks as the blocks of a lookup table. */
import {
  networkShape,
  type Architecture,
  type BlockShape,
  type SearchSpace,
} from '@sextant/search-space';
import { formatBlockKey, type BlockKey, type MapSize } from './block-key';

const square = (size: number, channels: number): MapSize => [size, size, channels];

/** Names under which a table may hold one block, the likeliest first; none where the form cannot say it. */
type Names = readonly string[];

/**
 * Tables name blocks by ReLU, h-swish and a plain shortcut, and by whole expansions: a block of another activation, with a
 * pooled shortcut or of 3.5 times its input has no name.
 */
function blockNames(block: BlockShape, expansion: number, { activation }: SearchSpace): Names {
  const hasOther = block.shortcut === 'pool' || block.shortcut === 'pool-conv';
  if (activation !== 'relu6' || hasOther || !Number.isInteger(expansion)) return [];
  const plain: BlockKey = {
    layer: 'expanded_conv',
    input: square(block.inSize, block.inChannels),
    output: square(block.outSize, block.outChannels),
    expand: expansion,
    kernel: block.kernel,
    stride: block.stride,
    hasSkip: block.shortcut === 'identity',
    v3: null,
  };
  const hasSqueezeExcite = block.squeezeChannels > 0;
  const v3 = { ...plain, v3: { hasSqueezeExcite, hasHardSwish: false } };
  return (hasSqueezeExcite ? [v3] : [plain, v3]).map(formatBlockKey);
}

type Shape = ReturnType<typeof networkShape>;

/** ProxylessNAS counts pooling to the classifier; Once-for-All has a row of its own for it. */
function headNames({ head, classes, activation }: Shape): Names[] | null {
  if (head.type !== 'plain' || activation !== 'relu6') return null;
  const { size, inChannels, outChannels, hasConv } = head;
  const conv: BlockKey = {
    layer: 'Conv_1',
    input: square(size, inChannels),
    output: square(size, outChannels),
  };
  const logits: BlockKey = {
    layer: 'Logits',
    input: square(size, outChannels),
    output: [classes],
  };
  return [...(hasConv ? [[formatBlockKey(conv)]] : []), [formatBlockKey(logits)]];
}

function pooledHead({ head, classes }: Shape): readonly string[] {
  const pool: BlockKey = {
    layer: 'AvgPool2D',
    input: square(head.size, head.outChannels),
    output: square(1, head.outChannels),
  };
  const logits: BlockKey = {
    layer: 'Logits',
    input: square(1, head.outChannels),
    output: [classes],
  };
  return [pool, logits].map(formatBlockKey);
}

/**
 * Σ over the network's blocks of table[block], in the unit of the table; null where it lacks one, or where the form of
 * ProxylessNAS and Once-for-All has no name for one. Additive: right where blocks run one after another.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332, section 3.3
 */
export function blockTableCost(
  table: ReadonlyMap<string, number>,
  space: SearchSpace,
  architecture: Architecture,
): number | null {
  const shape = networkShape(space, architecture);
  const expansions = architecture.stages.flatMap(({ blocks }) =>
    blocks.map(({ expansion }) => expansion),
  );
  const head = headNames(shape);
  if (head === null) return null;
  const stem: BlockKey = {
    layer: 'Conv',
    input: square(shape.resolution, shape.inChannels),
    output: square(shape.stem.outSize, shape.stem.outChannels),
  };
  const valueOf = (names: Names): number | null => {
    const name = names.find((it) => table.has(it));
    return name === undefined ? null : (table.get(name) ?? null);
  };
  const sumOf = (all: readonly Names[]): number | null =>
    all.reduce<number | null>((sum, names) => {
      const value = valueOf(names);
      return sum === null || value === null ? null : sum + value;
    }, 0);
  const body = sumOf([
    [formatBlockKey(stem)],
    ...shape.blocks.map((block, at) => blockNames(block, expansions[at] ?? Number.NaN, space)),
    ...head.slice(0, -1),
  ]);
  const end = sumOf(head.slice(-1)) ?? sumOf(pooledHead(shape).map((name) => [name]));
  return body === null || end === null ? null : body + end;
}
