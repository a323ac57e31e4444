import { ShapeError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { expectLiterals } from '../../testing';
import { Graph } from '../graph/graph';
import { feature, plain } from '../graph/value';
import { exp } from '../ops/exp';
import { mul } from '../ops/mul';
import { sumAll } from '../ops/sum';
import { gradient } from './gradient';
import { stopGradient, straightThrough } from './stop-gradient';

describe('stopGradient', () => {
  it('passes the value and no gradient: d(x·stop x) = stop x', async () => {
    await expectLiterals(
      { x: { type: feature([1, 2, 1, 1]), data: [3, -2] } },
      ({ x }) => {
        const y = mul(x!, stopGradient(x!));
        return { y, dX: gradient(sumAll(y), [x!])[0]!, alone: stopGradient(x!) };
      },
      { y: [9, 4], dX: [3, -2], alone: [3, -2] },
    );
  });

  it('gives zeros where nothing else depends on x', async () => {
    await expectLiterals(
      { x: [3, -2] },
      ({ x }) => ({ dX: gradient(sumAll(stopGradient(exp(x!))), [x!])[0]! }),
      { dX: [0, 0] },
    );
  });
});

describe('straightThrough', () => {
  it('has the value of hard and the gradient of soft, once and twice', async () => {
    await expectLiterals(
      { hard: [1, 0], soft: [0.7, 0.3], w: [5, 2] },
      ({ hard, soft, w }) => {
        const y = straightThrough(mul(hard!, hard!), mul(soft!, soft!));
        const [dHard, dSoft] = gradient(sumAll(mul(y, w!)), [hard!, soft!]);
        return { y, dHard: dHard!, dSoft: dSoft!, twice: gradient(sumAll(dSoft!), [soft!])[0]! };
      },
      { y: [1, 0], dHard: [0, 0], dSoft: [7, 1.2], twice: [10, 4] },
    );
  });

  it('refuses two types', () => {
    const graph = new Graph();
    const [a, b] = [graph.input('a', plain([2])), graph.input('b', plain([3]))];
    expect(() => straightThrough(a, b)).toThrow(ShapeError);
  });
});
