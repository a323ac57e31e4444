/** @file The networks of NAS-Bench-201: one cell of six edges, each with any of five operations, stacked. */
import {
  add,
  avgPool2d,
  conv2d,
  elementDim,
  globalAvgPool,
  linear,
  normActivation,
  relu,
  subDims,
  zerosLike,
  type Dim,
  type Value,
} from '@sextant/engine';
import { cellEdges, cellOperations, type CellOperation } from '@sextant/search-space';
import { untouched, type BlockHook } from './block-hook';
import { architectureInput } from './elastic-sizes';
import { constant, heNormal, normal, type TensorSource } from './tensor-source';

export interface CellNetworkSizes {
  readonly inChannels: number;
  /** Channels of the first of three stages, each twice as wide as the one before. */
  readonly channels: number;
  readonly cellsPerStage: number;
  readonly classes: number;
}

/** Index into `cellOperations` for each edge: numbers for one architecture, run-time choices for all of them. */
export type CellChoice = readonly Dim[];

/** Every edge as an element of the architecture vector. */
export const elasticCell: CellChoice = cellEdges.map((_, edge) =>
  elementDim(
    architectureInput,
    edge,
    cellOperations.map((_operation, at) => at),
  ),
);

/** Is what edge `edge` brings to its node handed on, over edges that are not `none`, to the output? */
function isUsed(operations: readonly CellOperation[], edge: number): boolean {
  const [, node] = cellEdges[edge] as (typeof cellEdges)[number];
  if (node === 3) return true;
  return cellEdges.some(
    ([from], next) => from === node && operations[next] !== 'none' && isUsed(operations, next),
  );
}

/** The architecture vector of a cell; operations whose result nobody uses are not computed. */
export const cellVector = (operations: readonly CellOperation[]): BigInt64Array =>
  BigInt64Array.from(
    operations.map((operation, edge) =>
      BigInt(isUsed(operations, edge) ? cellOperations.indexOf(operation) : 0),
    ),
  );

/** Convolution without bias, then normalisation by the batch; `activation` none. */
function convNorm(
  x: Value,
  tensor: TensorSource,
  name: string,
  [from, to, kernel, stride]: readonly [number, number, number, number],
): Value {
  const w = tensor(`${name}.weight`, [to, from, kernel, kernel], heNormal(to * kernel ** 2));
  const gamma = tensor(`${name}.gamma`, [to], constant(1));
  const beta = tensor(`${name}.beta`, [to], constant(0));
  return normActivation(conv2d(x, w, stride), gamma, beta, 'none').y;
}

/** What each operation adds to a node that already holds `sum` (null: nothing yet). */
function applyEdge(
  x: Value,
  sum: Value | null,
  choice: Dim,
  weighted: Readonly<Record<'nor_conv_1x1' | 'nor_conv_3x3', (x: Value) => Value>>,
): Value {
  const plus = (y: Value): Value => (sum ? add(sum, y) : y);
  const results: Readonly<Record<CellOperation, () => Value>> = {
    none: () => sum ?? zerosLike(x),
    skip_connect: () => plus(x),
    nor_conv_1x1: () => plus(weighted.nor_conv_1x1(x)),
    nor_conv_3x3: () => plus(weighted.nor_conv_3x3(x)),
    avg_pool_3x3: () => plus(avgPool2d(x, { kernel: 3, stride: 1, padding: 1 })),
  };
  const select = (at: number): Value => {
    const result = results[cellOperations[at] as CellOperation];
    const differs = subDims(choice, at);
    if (differs === 0 || at === cellOperations.length - 1) return result();
    if (typeof differs === 'number') return select(at + 1);
    const { outputs } = x.graph.condition(
      differs,
      () => [select(at + 1)],
      () => [result()],
    );
    return outputs[0] as Value;
  };
  return select(0);
}

/** Node i = Σ over edges j → i of op(node j); the last of four nodes is the output. */
function buildCell(
  x: Value,
  tensor: TensorSource,
  name: string,
  channels: number,
  choice: CellChoice,
): Value {
  const nodes: (Value | null)[] = [x, null, null, null];
  cellEdges.forEach(([from, to], edge) => {
    // Tensors are asked for outside the arms, so that every architecture has all of them.
    const weights = (kernel: number) => {
      const prefix = `${name}.edges.${edge}.conv${kernel}`;
      return {
        weight: tensor(
          `${prefix}.weight`,
          [channels, channels, kernel, kernel],
          heNormal(channels * kernel ** 2),
        ),
        gamma: tensor(`${prefix}.gamma`, [channels], constant(1)),
        beta: tensor(`${prefix}.beta`, [channels], constant(0)),
      };
    };
    const [small, large] = [weights(1), weights(3)];
    const convolve =
      ({ weight, gamma, beta }: ReturnType<typeof weights>) =>
      (input: Value): Value =>
        normActivation(conv2d(relu(input), weight), gamma, beta, 'none').y;
    nodes[to] = applyEdge(nodes[from] as Value, nodes[to] as Value | null, choice[edge] as Dim, {
      nor_conv_1x1: convolve(small),
      nor_conv_3x3: convolve(large),
    });
  });
  return nodes[3] as Value;
}

/** Halves the map and doubles the channels: ReLU–conv3×3(stride 2)–norm, ReLU–conv3×3–norm, beside pooling and conv1×1. */
function buildReduction(x: Value, tensor: TensorSource, name: string, from: number): Value {
  const to = 2 * from;
  const first = convNorm(relu(x), tensor, `${name}.a`, [from, to, 3, 2]);
  const second = convNorm(relu(first), tensor, `${name}.b`, [to, to, 3, 1]);
  const w = tensor(`${name}.shortcut.weight`, [to, from, 1, 1], heNormal(to));
  return add(second, conv2d(avgPool2d(x, { kernel: 2 }), w));
}

/**
 * Logits of stem, three stages of `cellsPerStage` cells with a halving block between, norm–ReLU, mean, classifier.
 * Shapes: x feature [N,C,H,W] → [N,classes]; H and W even down to the last stage, as the shortcut's pooling needs.
 * `onBlock` sees the outputs of the stem, of every cell and of every reduction.
 * @throws {ShapeError} the choice has not six entries the network knows
 * @see Dong & Yang 2020, NAS-Bench-201, arXiv:2001.00326 §2 — Differs: normalisation always has γ and β
 */
export function buildCellNetwork(
  x: Value,
  sizes: CellNetworkSizes,
  choice: CellChoice,
  tensor: TensorSource,
  onBlock: BlockHook = untouched,
): Value {
  let channels = sizes.channels;
  let h = onBlock(convNorm(x, tensor, 'stem', [sizes.inChannels, channels, 3, 1]));
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      h = onBlock(buildReduction(h, tensor, `stages.${stage}.reduction`, channels));
      channels *= 2;
    }
    for (let cell = 0; cell < sizes.cellsPerStage; cell++) {
      h = onBlock(buildCell(h, tensor, `stages.${stage}.cells.${cell}`, channels, choice));
    }
  }
  const gamma = tensor('last.gamma', [channels], constant(1));
  const beta = tensor('last.beta', [channels], constant(0));
  const pooled = globalAvgPool(normActivation(h, gamma, beta, 'relu').y);
  const w = tensor('classifier.weight', [sizes.classes, channels], normal(Math.sqrt(1 / channels)));
  return linear(pooled, w, tensor('classifier.bias', [sizes.classes], constant(0)));
}
