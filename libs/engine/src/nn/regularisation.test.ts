import { ShapeError, ValidationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { describeGradients, expectLiterals, type GradientCase } from '../../testing';
import { gradient } from '../autodiff/gradient';
import { elementDim } from '../graph/dims';
import type { Float64Tensor } from '../graph/float64-tensor';
import { Graph } from '../graph/graph';
import { feature, plain } from '../graph/value';
import { exp } from '../ops/exp';
import { sumAll } from '../ops/sum';
import { dropPath, survivalAt } from './drop-path';
import { dropout } from './dropout';

const x4 = feature([3, 2, 2, 2]);
const rows = elementDim('architecture', 0, [3, 4]);
const channels = elementDim('architecture', 1, [2, 3]);

/** Uniforms by a map of the normal draw onto (0, 1), and a probability of 0.4. */
const prepare = (name: string, x: Float64Tensor): Float64Tensor => {
  if (name === 'u') return { ...x, data: x.data.map((value) => 1 / (1 + Math.exp(-2 * value))) };
  return name === 'p' ? { ...x, data: Float64Array.of(0.4) } : x;
};

const cases: Record<string, GradientCase> = {
  dropout: { inputs: { x: x4, u: x4 }, build: ({ x, u }) => dropout(exp(x!), u!, 0.4) },
  'dropout of a plain tensor': {
    inputs: { x: plain([4, 5]), u: plain([4, 5]) },
    build: ({ x, u }) => dropout(x!, u!, 0.4),
  },
  'dropout of a run-time rate and size': {
    architecture: [3, 2],
    inputs: { x: plain([rows, 5]), u: plain([rows, 5]), p: plain([]) },
    build: ({ x, u, p }) => dropout(x!, u!, p!),
  },
  dropPath: { inputs: { x: x4, u: plain([3]) }, build: ({ x, u }) => dropPath(exp(x!), u!, 0.6) },
  'dropPath of a run-time survival and size': {
    architecture: [3, 2],
    inputs: { x: feature([rows, channels, 2, 2]), u: plain([rows]), p: plain([]) },
    build: ({ x, u, p }) => dropPath(x!, u!, p!),
  },
};
for (const [name, test] of Object.entries(cases)) cases[name] = { ...test, prepare };

describeGradients(cases);

describe('dropout', () => {
  it('keeps u ≥ rate and divides by 1 − rate, in value and gradient; rate 0 keeps x', async () => {
    await expectLiterals(
      { x: [1, 2, 3, 4], u: [0.1, 0.25, 0.9, 0], rate: 0.25, none: 0 },
      ({ x, u, rate, none }) => {
        const y = dropout(x!, u!, 0.25);
        return {
          y,
          dX: gradient(sumAll(y), [x!])[0]!,
          'of a run-time rate': dropout(x!, u!, rate!),
          'of a run-time rate 0': dropout(x!, u!, none!),
        };
      },
      {
        y: [0, 8 / 3, 4, 0],
        dX: [0, 4 / 3, 4 / 3, 0],
        'of a run-time rate': [0, 8 / 3, 4, 0],
        'of a run-time rate 0': [1, 2, 3, 4],
      },
    );
  });

  it('refuses a rate outside [0, 1) and uniforms of another type', () => {
    const graph = new Graph();
    const [x, u] = [graph.input('x', plain([2])), graph.input('u', plain([3]))];
    expect(() => dropout(x, x, 1)).toThrow(ValidationError);
    expect(() => dropout(x, x, -0.1)).toThrow('rate -0.1 is not in [0, 1)');
    expect(() => dropout(x, u, 0.5)).toThrow(ShapeError);
  });
});

describe('dropPath', () => {
  it('drops whole images where u ≥ survival and divides by survival', async () => {
    const x = { type: feature([3, 2, 1, 1]), data: [1, 2, 3, 4, 5, 6] };
    await expectLiterals(
      { x, u: [0.74, 0.75, 0.2], survival: 0.75, certain: 1 },
      ({ x, u, survival, certain }) => {
        const y = dropPath(x!, u!, 0.75);
        return {
          y,
          dX: gradient(sumAll(y), [x!])[0]!,
          'of a run-time survival': dropPath(x!, u!, survival!),
          'of survival 1': dropPath(x!, u!, certain!),
        };
      },
      {
        y: [4 / 3, 8 / 3, 0, 0, 20 / 3, 8],
        dX: [4 / 3, 4 / 3, 0, 0, 4 / 3, 4 / 3],
        'of a run-time survival': [4 / 3, 8 / 3, 0, 0, 20 / 3, 8],
        'of survival 1': [1, 2, 3, 4, 5, 6],
      },
    );
  });

  it('refuses a survival outside (0, 1] and uniforms that are not one per image', () => {
    const graph = new Graph();
    const [x, u] = [graph.input('x', x4), graph.input('u', plain([2]))];
    expect(() => dropPath(x, u, 0)).toThrow(ValidationError);
    expect(() => dropPath(x, u, 1.5)).toThrow('survival 1.5 is not in (0, 1]');
    expect(() => dropPath(x, u, 0.5)).toThrow(ShapeError);
  });

  it('survival falls linearly to the last block', () => {
    expect([1, 2, 4].map((block) => survivalAt(block, 4, 0.8))).toEqual([0.95, 0.9, 0.8]);
  });
});
