import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals } from '../../testing';
import { elementDim } from '../graph/dims';
import { Graph } from '../graph/graph';
import { feature, plain } from '../graph/value';
import { mul } from './mul';
import { scaleSamples, spreadSamples, sumSamples } from './samples';
import { sumAll } from './sum';

const x4 = feature([2, 3, 2, 4]);
const rows = elementDim('architecture', 0, [2, 3]);
const channels = elementDim('architecture', 1, [2, 5]);

describeGradients({
  scaleSamples: {
    inputs: { x: x4, a: plain([2]) },
    build: ({ x, a }) => scaleSamples(x!, a!),
  },
  'scaleSamples of run-time sizes': {
    architecture: [3, 2],
    inputs: { x: feature([rows, channels, 2, 2]), a: plain([rows]) },
    build: ({ x, a }) => scaleSamples(x!, a!),
  },
  sumSamples: { inputs: { x: x4 }, build: ({ x }) => sumSamples(x!) },
  spreadSamples: {
    inputs: { v: plain([2]), x: x4 },
    build: ({ v, x }) => spreadSamples(v!, x!),
  },
  'spreadSamples of run-time sizes': {
    architecture: [3, 2],
    inputs: { v: plain([rows]), x: feature([rows, channels, 2, 2]) },
    build: ({ v, x }) => spreadSamples(v!, x!),
  },
});

describe('samples', () => {
  it('are scaled, summed and spread one by one; sum and spread are adjoint', async () => {
    await expectLiterals(
      { x: { type: feature([2, 2, 1, 1]), data: [1, 2, 3, 4] }, a: [10, -1] },
      ({ x, a }) => ({
        scaled: scaleSamples(x!, a!),
        sums: sumSamples(x!),
        spread: spreadSamples(a!, x!),
        'inner products': sumAll(mul(sumSamples(x!), a!)),
        'inner products again': sumAll(mul(x!, spreadSamples(a!, x!))),
      }),
      {
        scaled: [10, 20, -3, -4],
        sums: [3, 7],
        spread: [10, 10, -1, -1],
        'inner products': [23],
        'inner products again': [23],
      },
    );
  });

  it('refuse factors that are not one per image, and what is no feature map', () => {
    const graph = new Graph();
    const [x, a] = [graph.input('x', x4), graph.input('a', plain([3]))];
    expect(() => scaleSamples(x, a)).toThrow('scaleSamples: scale is 3, expected 2');
    expect(() => spreadSamples(a, x)).toThrow(ShapeError);
    expect(() => sumSamples(a)).toThrow(ShapeError);
  });
});
