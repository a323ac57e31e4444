/** @file Vision transformers whose width, depth, heads and MLP widths are chosen at run time. */
import { ShapeError } from '@sextant/common';
import {
  add,
  addToRows,
  divideBy,
  elementDim,
  expand,
  gelu,
  layerNorm,
  leading,
  linear,
  maxDim,
  multiHeadAttention,
  reshape,
  sum,
  toPlain,
  transpose,
  type AttentionWeights,
  type Dim,
  type Value,
} from '@sextant/engine';
import {
  mlpWidth,
  type TransformerArchitecture,
  type TransformerSpace,
} from '@sextant/search-space';
import { untouched, type BlockHook } from './block-hook';
import { architectureInput } from './elastic-sizes';
import { constant, normal, type TensorSource } from './tensor-source';

export interface TransformerBlock {
  /** 1 where the block is active; a number where every architecture has it. */
  readonly on: Dim;
  /** heads · headSize. */
  readonly attentionWidth: Dim;
  readonly mlpWidth: Dim;
}

/** Sizes of a network: numbers for one architecture, run-time sizes for all of them. */
export interface TransformerSizes {
  readonly classes: number;
  /** Side of a square patch, pixels. */
  readonly patch: number;
  readonly headSize: number;
  readonly embedding: Dim;
  readonly blocks: readonly TransformerBlock[];
}

/** What of a space its networks depend on. */
export type TransformerChoices = Pick<
  TransformerSpace,
  'classes' | 'patch' | 'headSize' | 'embedding' | 'depth' | 'heads' | 'mlpRatio'
>;

/** Length of the architecture vector: embedding, then [on, attention width, MLP width] per block slot. */
export const transformerVectorLength = ({ depth }: TransformerChoices): number =>
  1 + 3 * (depth.at(-1) as number);

/** All sizes as elements of the architecture vector. @see Chen et al. 2021, AutoFormer, arXiv:2107.00651 §3 */
export function elasticTransformer(space: TransformerChoices): TransformerSizes {
  const element = (index: number, choices: readonly number[]): Dim =>
    elementDim(architectureInput, index, choices);
  const widths = space.embedding.flatMap((d) => space.mlpRatio.map((r) => mlpWidth(d, r)));
  const slots = Array.from({ length: space.depth.at(-1) as number }, (_, at) => at);
  return {
    ...space,
    embedding: element(0, space.embedding),
    blocks: slots.map((at) => ({
      on: at < (space.depth[0] as number) ? 1 : element(1 + 3 * at, [0, 1]),
      attentionWidth: element(
        2 + 3 * at,
        space.heads.map((heads) => heads * space.headSize),
      ),
      mlpWidth: element(3 + 3 * at, widths),
    })),
  };
}

/** Sizes of one architecture as plain numbers. */
export const staticTransformer = (
  space: TransformerChoices,
  { embedding, blocks }: TransformerArchitecture,
): TransformerSizes => ({
  ...space,
  embedding,
  blocks: blocks.map(({ heads, mlpRatio }) => ({
    on: 1,
    attentionWidth: heads * space.headSize,
    mlpWidth: mlpWidth(embedding, mlpRatio),
  })),
});

/** The architecture vector of one architecture; absent blocks hold legal values. */
export function transformerVector(
  space: TransformerChoices,
  architecture: TransformerArchitecture,
): BigInt64Array {
  const { embedding, blocks } = staticTransformer(space, architecture);
  const slots = Array.from({ length: space.depth.at(-1) as number }, (_, at) => at);
  const entries = slots.flatMap((at) => {
    const { attentionWidth, mlpWidth } = blocks[Math.min(at, blocks.length - 1)]!;
    return [Number(at < blocks.length), attentionWidth, mlpWidth];
  });
  return BigInt64Array.from([embedding, ...entries].map((entry) => BigInt(entry as number)));
}

/** The largest network: what the tensors are declared for. */
export const largestTransformer = (space: TransformerChoices): TransformerSizes => {
  const last = (values: readonly number[]): number => values.at(-1) as number;
  const block = { heads: last(space.heads), mlpRatio: last(space.mlpRatio) };
  const blocks = Array.from({ length: last(space.depth) }, () => block);
  return staticTransformer(space, { embedding: last(space.embedding), blocks });
};

/** Deviation of fresh weights. @see Dosovitskiy et al. 2021, arXiv:2010.11929; Touvron et al. 2021, arXiv:2012.12877 */
const deviation = 0.02;

/** Tensors at the network's largest sizes, and the leading part of each that an architecture uses. */
class Sliced {
  constructor(
    private readonly tensor: TensorSource,
    private readonly prefix: string,
  ) {}

  weight(name: string, dims: readonly Dim[]): Value {
    return leading(
      this.tensor(`${this.prefix}${name}.weight`, dims.map(maxDim), normal(deviation)),
      dims,
    );
  }

  vector(name: string, size: Dim, start: number): Value {
    return leading(this.tensor(`${this.prefix}${name}`, [maxDim(size)], constant(start)), [size]);
  }

  norm(name: string, size: Dim): readonly [Value, Value] {
    return [this.vector(`${name}.gamma`, size, 1), this.vector(`${name}.beta`, size, 0)];
  }
}

/** Square patches as rows [N, T, C·p·p]; T = (H/p)·(W/p). */
function patchRows(x: Value, patch: number): Value {
  const [n, c, h, w] = x.type.dims as readonly [Dim, number, number, number];
  const [rows, columns] = [h / patch, w / patch];
  if (!Number.isInteger(rows) || !Number.isInteger(columns)) {
    throw new ShapeError(`an image of ${h}×${w} does not split into patches of ${patch}×${patch}`);
  }
  const split = reshape(toPlain(x), [n, c, rows, patch, columns, patch]);
  return reshape(transpose(split, [0, 2, 4, 1, 3, 5]), [n, rows * columns, c * patch * patch]);
}

/** x + attention(norm x), then + MLP(norm x), each from the leading parts of its tensors. */
function buildBlock(
  x: Value,
  at: number,
  { embedding, headSize }: TransformerSizes,
  { on, attentionWidth, mlpWidth }: TransformerBlock,
  tensor: TensorSource,
): Value {
  const part = new Sliced(tensor, `blocks.${at}.`);
  const projection = (name: string): readonly [Value, Value] => [
    part.weight(`attention.${name}`, [attentionWidth, embedding]),
    part.vector(`attention.${name}.bias`, attentionWidth, 0),
  ];
  const [query, queryBias] = projection('query');
  const [key, keyBias] = projection('key');
  const [value, valueBias] = projection('value');
  const attention: AttentionWeights = {
    ...{ query, queryBias, key, keyBias, value, valueBias },
    output: part.weight('attention.output', [embedding, attentionWidth]),
    outputBias: part.vector('attention.output.bias', embedding, 0),
  };
  const [firstNorm, secondNorm] = [part.norm('norm1', embedding), part.norm('norm2', embedding)];
  const up = part.weight('mlp.up', [mlpWidth, embedding]);
  const upBias = part.vector('mlp.up.bias', mlpWidth, 0);
  const down = part.weight('mlp.down', [embedding, mlpWidth]);
  const downBias = part.vector('mlp.down.bias', embedding, 0);
  const body = (): Value => {
    const h = add(x, multiHeadAttention(layerNorm(x, ...firstNorm), attention, headSize));
    const wide = gelu(linear(layerNorm(h, ...secondNorm), up, upBias));
    return add(h, linear(wide, down, downBias));
  };
  if (on === 1) return body();
  const { outputs } = x.graph.condition(
    on,
    () => [body()],
    () => [x],
  );
  return outputs[0] as Value;
}

/**
 * Logits of patch embedding + positions, pre-norm blocks (each skipped where its `on` is 0), norm, mean over patches,
 * classifier. Shapes: x feature [N,C,H,W], H and W known multiples of `patch` → [N,classes]. `onBlock` sees the embedded
 * patches and the outputs [N,T,D] of every block.
 * @throws {ShapeError} the image does not split into patches
 * @see Chen et al. 2021, AutoFormer, arXiv:2107.00651 §3 — Differs: mean over patches in place of a class token
 */
export function buildTransformer(
  x: Value,
  sizes: TransformerSizes,
  tensor: TensorSource,
  onBlock: BlockHook = untouched,
): Value {
  const { embedding, classes } = sizes;
  const part = new Sliced(tensor, '');
  const rows = patchRows(x, sizes.patch);
  const [n, patches, pixels] = rows.type.dims as readonly [Dim, number, number];
  const embedded = linear(
    rows,
    part.weight('patches', [embedding, pixels]),
    part.vector('patches.bias', embedding, 0),
  );
  const positions = part.weight('positions', [patches, embedding]);
  const unit = reshape(positions, [1, patches, embedding]);
  const start = onBlock(add(embedded, expand(unit, [n, patches, embedding])));
  const h = sizes.blocks.reduce(
    (y, block, at) => onBlock(buildBlock(y, at, sizes, block, tensor)),
    start,
  );
  const pooled = divideBy(sum(layerNorm(h, ...part.norm('norm', embedding)), [1]), patches);
  const y = linear(
    reshape(pooled, [n, embedding]),
    part.weight('classifier', [classes, embedding]),
  );
  return addToRows(y, part.vector('classifier.bias', classes, 0));
}
