/** @file NAS-Bench-201's network with every cell in one graph, its normalisation and activation given, its inner maps in view. */
import {
  add,
  avgPool2d,
  conv2d,
  globalAvgPool,
  linear,
  subDims,
  zerosLike,
  type Dim,
  type Value,
} from '@sextant/engine';
import { elasticCell } from '@sextant/networks';
import { cellEdges, cellOperations } from '@sextant/search-space';

export interface CellGraphSizes {
  readonly batch: number;
  /** Channels of the first of three stages. */
  readonly channels: number;
  readonly cellsPerStage: number;
  /** Height and width of the image. */
  readonly resolution: number;
  readonly classes: number;
}

/** As ParZC looks at cells: the benchmark's networks, 16 images of CIFAR-10. */
export const cifar10Cells: CellGraphSizes = {
  ...{ batch: 16, channels: 16, cellsPerStage: 5, resolution: 32, classes: 10 },
};

/** A map of the network, by stage: node 0–2 of a cell, a cell's output, or what a reduction or the end passes through a ReLU. */
export interface SeenMap {
  readonly kind: 'node' | 'output' | 'reduction' | 'last';
  readonly stage: number;
  readonly map: Value;
}

export interface CellGraphParts {
  tensor(name: string, dims: readonly number[]): Value;
  norm(x: Value, channels: number): Value;
  relu(x: Value): Value;
  /** Cells hand on what this makes of their output. */
  afterCell(x: Value): Value;
  see(seen: SeenMap): void;
}

/** What each operation adds to a node that already holds `sum`; chosen at run time. */
function applyEdge(
  x: Value,
  sum: Value | null,
  choice: Dim,
  convolve: (kernel: 1 | 3) => Value,
): Value {
  const plus = (y: Value): Value => (sum ? add(sum, y) : y);
  const results: readonly (() => Value)[] = [
    () => sum ?? zerosLike(x),
    () => plus(x),
    () => plus(convolve(1)),
    () => plus(convolve(3)),
    () => plus(avgPool2d(x, { kernel: 3, stride: 1, padding: 1 })),
  ];
  const select = (at: number): Value => {
    const result = results[at] as () => Value;
    if (at === cellOperations.length - 1) return result();
    const differs = subDims(choice, at);
    const { outputs } = x.graph.condition(
      differs,
      () => [select(at + 1)],
      () => [result()],
    );
    return outputs[0] as Value;
  };
  return select(0);
}

function buildCell(
  x: Value,
  prefix: string,
  channels: number,
  stage: number,
  parts: CellGraphParts,
): Value {
  const nodes: (Value | null)[] = [x, null, null, null];
  cellEdges.forEach(([from, to], edge) => {
    const weights = ([1, 3] as const).map((kernel) =>
      parts.tensor(`${prefix}.e${edge}.k${kernel}`, [channels, channels, kernel, kernel]),
    );
    const input = nodes[from] as Value;
    nodes[to] = applyEdge(input, nodes[to] as Value | null, elasticCell[edge] as Dim, (kernel) =>
      parts.norm(conv2d(parts.relu(input), weights[kernel === 1 ? 0 : 1] as Value), channels),
    );
  });
  nodes.forEach((map, at) =>
    parts.see({ kind: at === 3 ? 'output' : 'node', stage, map: map as Value }),
  );
  return parts.afterCell(nodes[3] as Value);
}

function buildReduction(
  x: Value,
  name: string,
  from: number,
  stage: number,
  parts: CellGraphParts,
): Value {
  const to = 2 * from;
  parts.see({ kind: 'reduction', stage: stage - 1, map: x });
  const first = parts.norm(
    conv2d(parts.relu(x), parts.tensor(`${name}.a`, [to, from, 3, 3]), 2),
    to,
  );
  parts.see({ kind: 'reduction', stage, map: first });
  const second = parts.norm(
    conv2d(parts.relu(first), parts.tensor(`${name}.b`, [to, to, 3, 3])),
    to,
  );
  return add(
    second,
    conv2d(avgPool2d(x, { kernel: 2 }), parts.tensor(`${name}.s`, [to, from, 1, 1])),
  );
}

/**
 * Logits without bias. Shapes: x feature [N,3,R,R] → [N,classes]. The architecture is the int64 input `architecture`.
 * @see Dong & Yang 2020, NAS-Bench-201, arXiv:2001.00326 §2
 */
export function cellGraph(x: Value, sizes: CellGraphSizes, parts: CellGraphParts): Value {
  let { channels } = sizes;
  let h = parts.norm(conv2d(x, parts.tensor('stem', [channels, 3, 3, 3])), channels);
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      h = buildReduction(h, `r${stage}`, channels, stage, parts);
      channels *= 2;
    }
    for (let cell = 0; cell < sizes.cellsPerStage; cell++) {
      h = buildCell(h, `s${stage}.c${cell}`, channels, stage, parts);
    }
  }
  const last = parts.norm(h, channels);
  parts.see({ kind: 'last', stage: 2, map: last });
  return linear(
    globalAvgPool(parts.relu(last)),
    parts.tensor('classifier', [sizes.classes, channels]),
  );
}
