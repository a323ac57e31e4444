import { ShapeError, ValidationError } from '@sextant/common';
import { elementDim, gradient, Graph, plain, sumAll } from '@sextant/engine';
import {
  describeGradients,
  evaluateLiterals,
  expectLiterals,
  type GradientCase,
} from '@sextant/engine/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffKendall, diffKendallOfProduct } from './diff-kendall';
import { pairwiseLogistic } from './pairwise-logistic';
import { meanSquaredError, rankLoss } from './rank-loss';

const n = elementDim('architecture', 0, [3, 5]);
const all = { mse: 1, pairwise: 0.5, diffKendall: 2 };
const vectors = { inputs: { x: plain([6]), t: plain([6]) } };
const cases: Record<string, GradientCase> = {
  diffKendall: { ...vectors, build: ({ x, t }) => diffKendall(x!, t!, 2) },
  diffKendallOfProduct: { ...vectors, build: ({ x, t }) => diffKendallOfProduct(x!, t!, 1) },
  'diffKendall of a run-time size': {
    architecture: [5],
    inputs: { x: plain([n]), t: plain([n]) },
    build: ({ x, t }) => diffKendall(x!, t!, 0.5),
  },
  pairwiseLogistic: {
    inputs: { x: plain([5]) },
    build: ({ x }) => pairwiseLogistic(x!, x!.graph.constant(Float32Array.of(3, 1, 1, 2, -4), [5])),
  },
};
describeGradients(cases);

const scores = [0.1, 0.4, 0.35, 0.8];
const targets = [1, 2, 3, 4];

describe('DiffKendall', () => {
  it.each([
    [0.5, 0.0379407, 0.1629444],
    [1, 0.1181674, 0.2919738],
    [5, 0.5933127, 0.6887255],
    [10, 0.7414327, 0.7706999],
    [100, 0.6688976, 0.6688976],
    [1e3, 0.6666667, 0.6666667],
  ])('is the worked example at α = %d', async (alpha, product, original) => {
    await expectLiterals(
      { x: scores, y: targets },
      ({ x, y }) => ({
        product: diffKendall(x!, y!, alpha),
        original: diffKendallOfProduct(x!, y!, alpha),
      }),
      { product: [product], original: [original] },
      6,
    );
  });

  it('has the worked gradient', async () => {
    await expectLiterals(
      { x: scores, y: targets },
      ({ x, y }) => ({ dX: gradient(diffKendall(x!, y!, 0.5), [x!])[0]! }),
      { dX: [-0.054998, -0.0191192, 0.0193063, 0.0548108] },
      6,
    );
  });

  it('tends to τ-a where targets or scores are tied', async () => {
    await expectLiterals(
      { x: [1, 1, 2], y: [1, 2, 3] },
      ({ x, y }) => ({ tau: diffKendall(x!, y!, 1e3), swapped: diffKendall(y!, x!, 1e3) }),
      { tau: [2 / 3], swapped: [2 / 3] },
    );
  });

  it('is antisymmetric, shift invariant, below 1 in magnitude, with a gradient that sums to 0', async () => {
    const vector = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
      minLength: 5,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(
        vector,
        vector,
        fc.double({ min: -5, max: 5, noNaN: true }),
        async (x, y, shift) => {
          const outputs = await evaluateLiterals(
            { x, y, negated: x.map((v) => -v), shifted: x.map((v) => v + shift) },
            ({ x, y, negated, shifted }) => {
              const tau = diffKendall(x!, y!, 1.5);
              return {
                tau,
                negated: diffKendall(negated!, y!, 1.5),
                shifted: diffKendall(shifted!, y!, 1.5),
                total: sumAll(gradient(tau, [x!])[0]!),
              };
            },
          );
          for (const { tau, negated, shifted, total } of outputs) {
            expect(Math.abs(tau![0]!)).toBeLessThan(1);
            expect(negated![0]).toBeCloseTo(-tau![0]!, 6);
            expect(shifted![0]).toBeCloseTo(tau![0]!, 5);
            expect(total![0]).toBeCloseTo(0, 6);
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('of a perfect order grows to 1 with α, and depends on scale', async () => {
    const [{ a, b, c, wide }] = (await evaluateLiterals(
      { x: targets, y: targets, tenfold: targets.map((t) => 10 * t) },
      ({ x, y, tenfold }) => ({
        a: diffKendall(x!, y!, 0.5),
        b: diffKendall(x!, y!, 2),
        c: diffKendall(x!, y!, 50),
        wide: diffKendall(tenfold!, y!, 0.5),
      }),
    )) as [Record<'a' | 'b' | 'c' | 'wide', number[]>];
    expect(a[0]).toBeLessThan(b[0]!);
    expect(b[0]).toBeLessThan(c[0]!);
    expect(c[0]).toBeCloseTo(1, 10);
    expect(wide[0]).toBeGreaterThan(1.5 * a[0]!);
  });

  it('refuses α that is not above 0 and scores that are no vector', () => {
    const graph = new Graph();
    const [x, matrix] = [graph.input('x', plain([3])), graph.input('matrix', plain([3, 3]))];
    expect(() => diffKendall(x, x, 0)).toThrow(ValidationError);
    expect(() => diffKendallOfProduct(x, x, Number.NaN)).toThrow('β is NaN');
    expect(() => diffKendall(matrix, matrix, 1)).toThrow(ShapeError);
  });
});

describe('the pairwise logistic loss', () => {
  it('is the worked example; pairs of equal targets do not count', async () => {
    await expectLiterals(
      { x: scores, y: targets, tied: [1, 1, 1, 1], half: [1, 1, 2, 2] },
      ({ x, y, tied, half }) => {
        const none = pairwiseLogistic(x!, tied!);
        return {
          worked: pairwiseLogistic(x!, y!),
          none,
          dNone: gradient(none, [x!])[0]!,
          half: pairwiseLogistic(x!, half!),
        };
      },
      {
        worked: [0.5430341],
        none: [0],
        dNone: [0, 0, 0, 0],
        half: [[0.25, 0.7, -0.05, 0.4].reduce((sum, d) => sum + Math.log1p(Math.exp(-d)) / 4, 0)],
      },
      6,
    );
  });

  it('is finite far out, and pushes equal scores apart', async () => {
    await expectLiterals(
      { x: [-200, 200], y: [1, 0], equal: [0, 0] },
      ({ x, y, equal }) => ({
        far: pairwiseLogistic(x!, y!),
        dEqual: gradient(pairwiseLogistic(equal!, y!), [equal!])[0]!,
      }),
      { far: [400], dEqual: [-0.5, 0.5] },
    );
  });
});

describe('rankLoss', () => {
  it('is the weighted sum of its terms', async () => {
    await expectLiterals(
      { x: scores, y: targets },
      ({ x, y }) => ({
        sum: rankLoss(x!, y!, { weights: all, alpha: 0.5 }),
        mse: meanSquaredError(x!, y!),
      }),
      {
        mse: [(0.81 + 2.56 + 7.0225 + 10.24) / 4],
        sum: [(0.81 + 2.56 + 7.0225 + 10.24) / 4 + 0.5 * 0.5430341 - 2 * 0.0379407],
      },
    );
  });

  it('refuses weights that are all 0, or negative', () => {
    const graph = new Graph();
    const x = graph.input('x', plain([3]));
    const loss = (mse: number) => () =>
      rankLoss(x, x, { weights: { mse, pairwise: 0, diffKendall: 0 }, alpha: 1 });
    expect(loss(0)).toThrow(ValidationError);
    expect(loss(-1)).toThrow('mse -1');
  });
});
