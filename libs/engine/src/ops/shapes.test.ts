import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, gradientOf, type GradientCase } from '../../testing';
import { elementDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { feature, plain } from '../graph/value';
import { concat } from './concat';
import { toFeature, toPlain } from './layout';
import { matmul } from './matmul';
import { max } from './max';
import { scalePlanes } from './planes';
import { addToRows, scaleRows } from './rows';
import { slice } from './slice';
import { standardize } from './standardize';
import { transpose } from './transpose';

const rows = elementDim('architecture', 0, [2, 3]);
const width = elementDim('architecture', 1, [2, 4, 5]);
const architecture = [3, 4];
const x4 = feature([2, 3, 2, 4]);

const cases: Record<string, GradientCase> = {
  'concat of vectors': {
    inputs: { a: plain([2]), b: plain([3]), c: plain([1]) },
    build: ({ a, b, c }) => concat([a!, b!, c!], 0),
  },
  'concat of run-time sizes': {
    architecture,
    inputs: { a: plain([rows, 2]), b: plain([rows, width]) },
    build: ({ a, b }) => concat([a!, b!], 1),
  },
  'slice of a feature map': {
    inputs: { x: x4 },
    build: ({ x }) => slice(x!, [0, 1, 0, 1], [2, 2, 1, 3]),
  },
  transpose: { inputs: { x: plain([2, 3, 4]) }, build: ({ x }) => transpose(x!, [2, 0, 1]) },
  'transpose of run-time sizes': {
    architecture,
    inputs: { x: plain([rows, 2, width]) },
    build: ({ x }) => transpose(x!, [1, 2, 0]),
  },
  'toPlain and back': {
    inputs: { x: x4 },
    build: ({ x }) => toFeature(transpose(toPlain(x!), [0, 1, 3, 2])),
  },
  max: { inputs: { x: plain([3, 4, 2]) }, build: ({ x }) => max(x!, [0, 2]) },
  'max of run-time sizes': {
    architecture,
    inputs: { x: plain([rows, width]) },
    build: ({ x }) => max(x!, [1]),
  },
  scalePlanes: {
    inputs: { x: x4, a: plain([2, 3]) },
    build: ({ x, a }) => scalePlanes(x!, a!),
  },
  'scalePlanes of run-time sizes': {
    architecture,
    inputs: { x: feature([2, width, 2, 2]), a: plain([2, width]) },
    build: ({ x, a }) => scalePlanes(x!, a!),
  },
  'scalePlanes, second order': {
    inputs: { x: x4, a: plain([2, 3]) },
    build: gradientOf(({ x, a }) => scalePlanes(x!, a!)),
  },
  addToRows: {
    seed: 2,
    inputs: { x: plain([2, 3, 4]), v: plain([4]) },
    build: ({ x, v }) => addToRows(x!, v!),
  },
  'scaleRows of run-time sizes': {
    architecture,
    inputs: { x: plain([rows, width]), v: plain([width]) },
    build: ({ x, v }) => scaleRows(x!, v!),
  },
  standardize: { inputs: { x: plain([3, 5]) }, build: ({ x }) => standardize(x!, 1e-3).y },
  'standardize of run-time sizes': {
    architecture,
    inputs: { x: plain([2, rows, width]) },
    build: ({ x }) => standardize(x!, 1e-3).y,
  },
  'standardize, its scale': {
    inputs: { x: plain([3, 5]) },
    build: ({ x }) => standardize(x!, 1e-3).r,
  },
  'standardize, second order': {
    inputs: { x: plain([2, 4]) },
    build: gradientOf(({ x }) => {
      const { y, r } = standardize(x!, 1e-2);
      return matmul(r, y, true);
    }),
  },
};
for (const axis of [0, 1, 2, 3]) {
  const dims = [2, 3, 2, 4].map((size, at) => (at === axis ? size + 1 : size));
  cases[`concat of feature maps along axis ${axis}`] = {
    inputs: { a: x4, b: feature(dims) },
    build: ({ a, b }) => concat([a!, b!], axis),
  };
}
for (const [transposeA, transposeB] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const) {
  cases[`batched matmul ${transposeA ? 'aᵀ' : 'a'}·${transposeB ? 'bᵀ' : 'b'}`] = {
    architecture,
    inputs: {
      a: plain([2, rows, ...(transposeA ? [width, 2] : [2, width])]),
      b: plain([2, rows, ...(transposeB ? [3, width] : [width, 3])]),
    },
    build: ({ a, b }) => matmul(a!, b!, transposeA, transposeB),
  };
}
describeGradients(cases);

describe('ops on shapes', () => {
  it('compute hand-worked values', async () => {
    const matrix = { type: plain([2, 2]), data: [1, 2, 3, 4] };
    await expectLiterals(
      {
        a: matrix,
        b: { type: plain([1, 2]), data: [5, 6] },
        x: { type: feature([2, 2, 1, 2]), data: [1, 2, 3, 4, 5, 6, 7, 8] },
      },
      ({ a, b, x }) => ({
        joined: concat([a!, b!], 0),
        turned: transpose(a!, [1, 0]),
        largest: max(a!, [1]),
        plain: toPlain(x!),
        cut: slice(x!, [0, 1, 0, 0], [2, 1, 1, 2]),
        scaled: scalePlanes(x!, a!),
        standardized: standardize(a!, 0).y,
      }),
      {
        joined: [1, 2, 3, 4, 5, 6],
        turned: [1, 3, 2, 4],
        largest: [2, 4],
        plain: [1, 2, 3, 4, 5, 6, 7, 8],
        cut: [3, 4, 7, 8],
        scaled: [1, 2, 6, 8, 15, 18, 28, 32],
        standardized: [-1, 1, -1, 1],
      },
    );
  });

  it('refuse what does not fit', () => {
    const graph = new Graph();
    const [a, x] = [graph.input('a', plain([2, 3])), graph.input('x', x4)];
    const [b, c] = [graph.input('b', plain([4, 3])), graph.input('c', plain([2, 3, 4]))];
    expect(() => concat([a, b], 1)).toThrow('concat: [4,3] does not join [2,3] along axis 1');
    expect(() => concat([a, a], 2)).toThrow('there is no axis 2');
    expect(() => transpose(a, [0, 0])).toThrow('transpose: [0,0] is no order of 2 axes');
    expect(() => transpose(x, [0, 1, 2, 3].reverse())).toThrow('no fixed order');
    expect(() => max(x, [0])).toThrow('no fixed order');
    expect(() => toPlain(a)).toThrow(ShapeError);
    expect(() => toFeature(c)).toThrow(ShapeError);
    expect(() => matmul(c, c)).toThrow('inner size is 3, expected 4');
    expect(() => matmul(c, b, false, false)).toThrow(/batches|inner/);
    expect(() => scalePlanes(x, a)).not.toThrow();
    expect(() => scalePlanes(x, b)).toThrow('scalePlanes: images is 4, expected 2');
    expect(() => addToRows(a, graph.input('v', plain([2])))).toThrow(ShapeError);
    expect(() => standardize(x, 0)).toThrow('has no last axis');
  });
});
