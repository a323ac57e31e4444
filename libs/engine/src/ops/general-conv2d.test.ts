import { rng } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import {
  describeGradients,
  evaluate,
  expectLiterals,
  gradientOf,
  normalTensor,
  type GradientCase,
} from '../../testing';
import { elementDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { feature, plain } from '../graph/value';
import { conv2d } from './conv2d';
import { convTranspose2d, type Conv2dOptions } from './general-conv2d';
import { mul } from './mul';
import { sumAll } from './sum';

const x = feature([2, 4, 6, 5]);
const side = elementDim('architecture', 0, [5, 6, 7]);

const options: readonly [string, readonly [number, number], Conv2dOptions][] = [
  ['k=2 stride=2 without padding', [2, 2], { stride: 2, padding: 0 }],
  ['k=2×3', [2, 3], {}],
  ['k=3 stride=2×1', [3, 3], { stride: [2, 1] }],
  ['k=3 dilation=2', [3, 3], { dilation: 2 }],
  ['k=3 dilation=2×1 stride=2', [3, 3], { dilation: [2, 1], stride: 2 }],
  ['k=3 with padding on one side', [3, 3], { padding: [1, 0, 0, 2] }],
  ['k=1 stride=3', [1, 1], { stride: 3, padding: 0 }],
  ['k=3 in 2 groups', [3, 3], { groups: 2 }],
  ['k=3 in 4 groups, stride=2 dilation=2', [3, 3], { groups: 4, stride: 2, dilation: 2 }],
  ['k=5 stride=3 without padding', [5, 5], { stride: 3, padding: 0 }],
];

const cases: Record<string, GradientCase> = {};
for (const [label, kernel, how] of options) {
  const w = plain([4, 4 / (how.groups ?? 1), ...kernel]);
  cases[`conv2d ${label}`] = {
    inputs: { x, w, b: plain([4]) },
    build: ({ x, w, b }) => conv2d(x!, w!, how, b),
  };
  cases[`conv2d ${label}, second order`] = {
    inputs: { w, x: feature([1, 4, 5, 5]) },
    build: gradientOf(({ w, x }) => conv2d(x!, w!, how)),
  };
}
cases['conv2d of run-time size'] = {
  architecture: [6],
  inputs: { x: feature([2, 4, side, side]), w: plain([2, 2, 3, 3]) },
  build: ({ x, w }) => conv2d(x!, w!, { stride: 2, groups: 2, padding: 0 }),
};
cases['convTranspose2d'] = {
  inputs: { x: feature([2, 3, 3, 3]), w: plain([3, 2, 4, 4]) },
  build: ({ x, w }) => convTranspose2d(x!, w!, [6, 6], { stride: 2, padding: 1 }),
};
describeGradients(cases);

describe('conv2d with options', () => {
  it('computes hand-worked values', async () => {
    const row = { type: feature([1, 1, 1, 5]), data: [1, 2, 3, 4, 5] };
    await expectLiterals(
      {
        row,
        w: { type: plain([1, 1, 1, 2]), data: [1, 10] },
        pair: { type: feature([1, 2, 1, 1]), data: [3, 4] },
        perGroup: { type: plain([2, 1, 1, 1]), data: [2, 5] },
      },
      ({ row, w, pair, perGroup }) => ({
        valid: conv2d(row!, w!, { padding: 0 }),
        dilated: conv2d(row!, w!, { padding: 0, dilation: [1, 3] }),
        stepped: conv2d(row!, w!, { padding: [0, 1, 0, 0], stride: [1, 2] }),
        grouped: conv2d(pair!, perGroup!, { groups: 2 }),
        spread: convTranspose2d(row!, w!, [1, 10], { stride: [1, 2], padding: 0 }),
      }),
      {
        valid: [21, 32, 43, 54],
        dilated: [41, 52],
        stepped: [10, 32, 54],
        grouped: [6, 20],
        spread: [1, 10, 2, 20, 3, 30, 4, 40, 5, 50],
      },
    );
  });

  it('is the adjoint of convTranspose2d: ⟨conv x, y⟩ = ⟨x, convᵀ y⟩', () => {
    const graph = new Graph();
    const inputs = {
      x: feature([2, 4, 7, 6]),
      w: plain([6, 2, 3, 2]),
      y: feature([2, 6, 3, 5]),
    };
    const [a, w, y] = [
      graph.input('x', inputs.x),
      graph.input('w', inputs.w),
      graph.input('y', inputs.y),
    ];
    const how = { groups: 2, stride: [2, 1], padding: 0 } as const;
    graph.output('left', sumAll(mul(conv2d(a, w, how), y)));
    graph.output('right', sumAll(mul(a, convTranspose2d(y, w, [7, 6], how))));
    const draw = rng(3, 'adjoint');
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { dims }]) => [
        name,
        normalTensor(dims as number[], draw),
      ]),
    );
    const { left, right } = evaluate(graph, feeds);
    expect(left!.data[0]).toBeCloseTo(right!.data[0] as number, 10);
  });

  it('refuses what does not fit', () => {
    const graph = new Graph();
    const a = graph.input('a', feature([1, 4, 4, 4]));
    const w = graph.input('w', plain([6, 2, 3, 3]));
    const refused = (how: Conv2dOptions, weight = w) => expect(() => conv2d(a, weight, how));
    refused({}).toThrow('input channels is 4, expected 2');
    refused({ groups: 4 }).toThrow('6 output channels do not split into 4 groups');
    refused({ groups: 0 }).toThrow('0 groups, expected an integer of at least 1');
    refused({ groups: 2, stride: 0 }).toThrow('stride is 0');
    refused({ groups: 2, dilation: 1.5 }).toThrow('dilation is 1.5');
    refused({ groups: 2, padding: -1 }).toThrow('padding is -1');
    refused({ groups: 2, padding: 0, dilation: 2 }).toThrow('a window of 5 does not fit 4 + 0');
    refused({}, graph.input('v', plain([6, 2, 3]))).toThrow('a weight is [Co,Ci/groups,kh,kw]');
    expect(() => convTranspose2d(a, w, [9, 9], { stride: 2 })).toThrow('channels is 4, expected 6');
  });
});
