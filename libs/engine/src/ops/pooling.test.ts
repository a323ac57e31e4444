import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, gradientOf, type GradientCase } from '../../testing';
import { elementDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { feature } from '../graph/value';
import { avgPool2d, type PoolOptions } from './avg-pool2d';
import { maxPool2d } from './max-pool2d';
import { mul } from './mul';

const x = feature([2, 3, 6, 5]);
const side = elementDim('architecture', 0, [4, 5, 6]);
const channels = elementDim('architecture', 1, [2, 3]);

const options: readonly [string, PoolOptions][] = [
  ['k=2', { kernel: 2 }],
  ['k=3 stride=1 padding=1', { kernel: 3, stride: 1, padding: 1 }],
  ['k=3 stride=2 padding=1', { kernel: 3, stride: 2, padding: 1 }],
  [
    'k=2×3 stride=1×2 padding on two sides',
    { kernel: [2, 3], stride: [1, 2], padding: [1, 0, 0, 2] },
  ],
  ['k=1 stride=3', { kernel: 1, stride: 3 }],
];
const cases: Record<string, GradientCase> = {};
for (const [label, how] of options) {
  for (const countPadding of [false, true]) {
    cases[`avgPool2d ${label}${countPadding ? ', padding counted' : ''}`] = {
      inputs: { x },
      build: ({ x }) => avgPool2d(x!, { ...how, countPadding }),
    };
  }
  cases[`avgPool2d ${label}, second order`] = {
    inputs: { x: feature([1, 2, 4, 4]) },
    build: gradientOf(({ x }) => {
      const y = avgPool2d(x!, how);
      return mul(y, y);
    }),
  };
  cases[`maxPool2d ${label}`] = { inputs: { x }, build: ({ x }) => maxPool2d(x!, how) };
  cases[`maxPool2d ${label}, second order`] = {
    inputs: { x: feature([1, 2, 4, 4]) },
    build: gradientOf(({ x }) => {
      const y = maxPool2d(x!, how);
      return mul(y, y);
    }),
  };
  const elastic = { architecture: [5, 2], inputs: { x: feature([2, channels, side, side]) } };
  cases[`avgPool2d ${label} of run-time sizes`] = {
    ...elastic,
    build: ({ x }) => avgPool2d(x!, how),
  };
  cases[`maxPool2d ${label} of run-time sizes`] = {
    ...elastic,
    build: ({ x }) => maxPool2d(x!, how),
  };
}
describeGradients(cases);

describe('pooling', () => {
  it('computes hand-worked values; ties go to the first pixel', async () => {
    const row = { type: feature([1, 1, 1, 4]), data: [4, 2, 6, 6] };
    await expectLiterals(
      { row },
      ({ row }) => ({
        mean: avgPool2d(row!, { kernel: [1, 2] }),
        inside: avgPool2d(row!, { kernel: [1, 2], stride: [1, 2], padding: [0, 1, 0, 1] }),
        counted: avgPool2d(row!, {
          kernel: [1, 2],
          stride: [1, 2],
          padding: [0, 1, 0, 1],
          countPadding: true,
        }),
        largest: maxPool2d(row!, { kernel: [1, 2] }),
      }),
      { mean: [3, 6], inside: [4, 4, 6], counted: [2, 4, 3], largest: [4, 6] },
    );
    await expectLiterals(
      { row },
      (inputs) => ({ d: gradientOf(({ row }) => maxPool2d(row!, { kernel: [1, 2] }))(inputs) }),
      { d: [8, 0, 12, 0] },
    );
  });

  it('refuses windows without a pixel, windows that do not fit, and odd numbers', () => {
    const graph = new Graph();
    const a = graph.input('a', feature([1, 1, 4, 4]));
    expect(() => avgPool2d(a, { kernel: 2, padding: 2 })).toThrow('less than the kernel');
    expect(() => maxPool2d(a, { kernel: 2, padding: 2 })).toThrow('less than the kernel');
    expect(() => maxPool2d(a, { kernel: 5 })).toThrow('a window of 5 does not fit 4 + 0');
    expect(() => avgPool2d(a, { kernel: 0 })).toThrow('kernel is 0');
  });
});
