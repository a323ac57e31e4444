import { InsufficientDataError, NonFiniteError, rng, ShapeError } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import fc from 'fast-check';
import { RandomForestRegression } from 'ml-random-forest';
import { describe, expect, it } from 'vitest';
import { kendallTauB } from '../rank/kendall-tau';
import { fitGaussianProcess, gaussianProcessFrom } from './gaussian-process';
import { mostInformative, sharedKernelParameters } from './gaussian-process-prior';
import { fitKernelRidge } from './kernel-ridge';
import { fitRandomForest } from './random-forest';
import type { Fit } from './regressor';
import { regressorFrom, type RegressorState } from './regressor-state';
import { fitRidge } from './ridge';
import type { Rows } from './rows';

const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2 * i), i % 3]);
const y = x.map(([a, b, c], i) => 2 * a! - b! + 0.5 * c! + 3 + 0.1 * Math.sin(5 * i));
const asked = [[0.2, 0.1, 1]];

const fits: Readonly<Record<string, Fit>> = {
  ridge: fitRidge,
  'kernel ridge': fitKernelRidge,
  'Gaussian process': fitGaussianProcess,
  'random forest': (rows, targets) => fitRandomForest(rows, targets, { trees: 30 }),
};

describe('fitRidge', () => {
  it.each([
    {
      lambda: 0,
      weights: [2.007013074730022, -1.0051310969380316, 0.477805700530835],
      error: 0.10479865364064554,
    },
    {
      lambda: 0.5,
      weights: [1.929662635429018, -0.8854889913315465, 0.5548668810415683],
      error: 0.13962546338316226,
    },
    {
      lambda: 10,
      weights: [1.0913468403574853, -0.5597412737439993, 0.44974531920432426],
      error: 0.9392847648499598,
    },
  ])(
    'solves the normal equations at λ = $lambda, with its brute-force leave-one-out error',
    ({ lambda, weights, error }) => {
      const state = fitRidge(x, y, { lambda }).toJSON();
      weights.forEach((it, j) => expect(state.weights[j]).toBeCloseTo(it, 9));
      expect(state.leaveOneOutError).toBeCloseTo(error, 9);
    },
  );

  it('chooses the penalty of least leave-one-out error', () => {
    expect(fitRidge(x, y, { lambda: [10, 0.5, 0] }).toJSON().lambda).toBe(0);
  });

  it('fits more columns than rows, constant columns and a constant target', () => {
    const wide = x.slice(0, 4).map((row, i) => [...row, 7, i, i * i, 1]);
    expect(fitRidge(wide, y.slice(0, 4)).predict(wide)).toHaveLength(4);
    expect([
      ...fitRidge(
        x,
        y.map(() => 5),
      ).predict(asked),
    ]).toEqual([5]);
    const constant = x.map(() => [1]);
    expect(fitRidge(constant, y).predict([[1]])[0]).toBeCloseTo(
      y.reduce((s, it) => s + it / 12, 0),
      12,
    );
  });

  it('does not care about the units of a column', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (unit) => {
        const other = (rows: Rows) => rows.map((row) => [row[0]! * unit, row[1]!, row[2]! - unit]);
        const [a] = fitRidge(x, y).predict(asked);
        expect(fitRidge(other(x), y).predict(other(asked))[0]).toBeCloseTo(a!, 6);
      }),
      { numRuns: 20 },
    );
  });
});

describe('fitKernelRidge', () => {
  it('solves (K + λI)α = y − ȳ', () => {
    const [predicted] = fitKernelRidge(x, y, { gamma: 0.5, lambda: 0.1 }).predict(asked);
    expect(predicted).toBeCloseTo(3.713484325397036, 10);
  });

  it('refuses widths and penalties that are not above 0', () => {
    expect(() => fitKernelRidge(x, y, { gamma: 0 })).toThrow(InsufficientDataError);
    expect(() => fitKernelRidge(x, y, { lambda: [] })).toThrow(InsufficientDataError);
  });
});

describe('fitGaussianProcess', () => {
  it('has the mean and deviation of the equations at given hyper-parameters', () => {
    const state = fitGaussianProcess(x, y).toJSON();
    const parameters = {
      logLinear: [Math.log(0.7)],
      logRelevance: [Math.log(0.4)],
      logNoise: Math.log(0.05),
    };
    // NumPy's solution of the same equations.
    const fixed = fitGaussianProcess(x, y, { parameters });
    expect(fixed.predict(asked)[0]).toBeCloseTo(3.775180089134773, 7);
    expect(fixed.predictWithStd(asked).std[0]).toBeCloseTo(0.25490467514534976, 7);
    expect(state.parameters).not.toEqual(parameters);
  });

  it('is surer near what it has seen', () => {
    const rows = Array.from({ length: 20 }, (_, i) => [i / 10]);
    const fitted = fitGaussianProcess(
      rows,
      rows.map(([it]) => Math.sin(3 * it!)),
    );
    const { mean, std } = fitted.predictWithStd([[0.95], [8]]);
    expect(mean[0]).toBeCloseTo(Math.sin(2.85), 2);
    expect(std[0]).toBeLessThan(0.05);
    expect(std[1]).toBeGreaterThan(10 * std[0]!);
  });

  it('covers new observations as often as it says', () => {
    const draw = rng(4);
    const rows = Array.from({ length: 300 }, () => [draw.normal(), draw.normal()]);
    const values = rows.map(([a, b]) => Math.sin(2 * a!) + b! + 0.3 * draw.normal());
    const fitted = fitGaussianProcess(rows.slice(0, 80), values.slice(0, 80));
    const { mean, std } = fitted.predictWithStd(rows.slice(80));
    const inside = values.slice(80).filter((it, i) => Math.abs(it - mean[i]!) < 1.645 * std[i]!);
    expect(inside.length / 220).toBeGreaterThan(0.83);
    expect(inside.length / 220).toBeLessThan(0.97);
  });

  it('finds which group of columns matters', () => {
    const draw = rng(6);
    const rows = Array.from({ length: 60 }, () => Array.from({ length: 6 }, () => draw.normal()));
    const values = rows.map(([a, b]) => Math.sin(2 * a!) * b!);
    const { logRelevance } = fitGaussianProcess(rows, values, {
      groups: [0, 0, 1, 1, 2, 2],
    }).toJSON().parameters;
    expect(logRelevance[0]).toBeGreaterThan(logRelevance[1]!);
    expect(logRelevance[0]).toBeGreaterThan(logRelevance[2]!);
  });

  it('gives the deviation again after JSON, and refuses groups that do not fit', () => {
    const fitted = fitGaussianProcess(x, y);
    const again = gaussianProcessFrom(structuredClone(fitted.toJSON()));
    expect(again.predictWithStd(asked)).toEqual(fitted.predictWithStd(asked));
    expect(() => fitGaussianProcess(x, y, { groups: [0] })).toThrow(ShapeError);
  });
});

describe('earlier tasks', () => {
  const draw = rng(21);
  const rows = Array.from({ length: 40 }, () => Array.from({ length: 4 }, () => draw.normal()));
  const groups = [0, 0, 1, 1];
  /** Only the first group matters, with another sign and scale in each task. */
  const taskOf = (sign: number) => rows.map(([a, b]) => sign * Math.sin(2 * a!) * b!);
  const parameters = sharedKernelParameters(
    [1, -2, 3].map((sign) => ({ x: rows, y: taskOf(sign), groups })),
  );

  it('say which columns matter, and that helps a new task of few rows', () => {
    expect(parameters.logRelevance[0]).toBeGreaterThan(parameters.logRelevance[1]! + 1);
    const [x12, y12] = [rows.slice(0, 14), taskOf(-1).slice(0, 14)];
    const error = (options: object) =>
      fitGaussianProcess(x12, y12, { groups, ...options })
        .predict(rows)
        .reduce((sum, it, i) => sum + (it - taskOf(-1)[i]!) ** 2, 0);
    expect(error({ parameters })).toBeLessThan(error({}));
  });

  it('refuse tasks that differ in their groups', () => {
    const task = { x: rows, y: taskOf(1) };
    expect(() =>
      sharedKernelParameters([
        { ...task, groups },
        { ...task, groups: [0, 1, 2, 2] },
      ]),
    ).toThrow(ShapeError);
    expect(() => sharedKernelParameters([])).toThrow(InsufficientDataError);
  });

  it('choose rows that tell most: far apart, none twice, none told already', () => {
    const line = [[0], [0], [0.01], [1], [0.5], [1]];
    expect(
      mostInformative(line, 3, { groups: [0] })
        .map((i) => line[i]![0])
        .sort(),
    ).toEqual([0, 0.5, 1]);
    expect(new Set(mostInformative(line, 6, { groups: [0] })).size).toBe(6);
    expect(() => mostInformative(line, 7, { groups: [0] })).toThrow(InsufficientDataError);
  });
});

describe.each(Object.entries(fits))('%s', (_, fit) => {
  it('follows a smooth function and repeats itself', () => {
    const draw = rng(12);
    const rows = Array.from({ length: 160 }, () => [
      draw.uniform(),
      draw.uniform(),
      draw.uniform(),
    ]);
    const values = rows.map(([a, b]) => 5 * a! + b! * b!);
    const ask = rows.slice(120);
    const fitted = fit(rows.slice(0, 120), values.slice(0, 120));
    expect(kendallTauB(fitted.predict(ask), values.slice(120))).toBeGreaterThan(0.7);
    const again = fit(rows.slice(0, 120), values.slice(0, 120));
    expect(again.predict(ask)).toEqual(fitted.predict(ask));
  });

  it('predicts the same after JSON', () => {
    const fitted = fit(x, y);
    const state = JSON.parse(JSON.stringify(fitted)) as RegressorState;
    expect(regressorFrom(state).predict(x)).toEqual(fitted.predict(x));
  });

  it('refuses data that does not fit together', () => {
    expect(() => fit(x, y.slice(1))).toThrow(ShapeError);
    expect(() => fit([[1], [2, 3], [4]], [1, 2, 3])).toThrow(ShapeError);
    expect(() => fit([[1]], [1])).toThrow(InsufficientDataError);
    expect(() => fit(x, y.with(3, NaN))).toThrow(NonFiniteError);
    expect(() => fit(x, y).predict([[1, 2]])).toThrow(ShapeError);
  });
});

describe('fitRandomForest', () => {
  it('is a constant on constant columns, and exact on a step', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [1, i]);
    const steps = rows.map(([, it]) => (it! < 20 ? 3 : 8));
    const forest = fitRandomForest(rows, steps, { maxFeatures: 1 });
    expect([
      ...forest.predict([
        [1, 5],
        [1, 35],
      ]),
    ]).toEqual([3, 8]);
    const flat = fitRandomForest(
      rows.map(() => [1]),
      steps,
      { trees: 200 },
    ).predict([[1]])[0]!;
    expect(flat).toBeCloseTo(5.5, 0);
  });

  it('never leaves the range of its targets, and other seeds grow other forests', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer(), fc.integer({ min: -9, max: 9 })), { minLength: 2 }),
        fc.integer(),
        (pairs, at) => {
          const targets = pairs.map(([, it]) => it);
          const [predicted] = fitRandomForest(
            pairs.map(([it]) => [it]),
            targets,
            { trees: 5 },
          ).predict([[at]]);
          expect(predicted).toBeGreaterThanOrEqual(Math.min(...targets));
          expect(predicted).toBeLessThanOrEqual(Math.max(...targets));
        },
      ),
    );
    const [a, b] = [1, 2].map((seed) => fitRandomForest(x, y, { seed }).predict(x));
    expect(a).not.toEqual(b);
  });
});

const tables = ['zero_cost/nb201_cifar10_9445.csv.gz', 'nasbench201/nb201.csv.gz'] as const;
const missing = withoutTables(...tables);

describe.skipIf(missing)(`on 13 zero-cost proxies${missing}`, () => {
  const read = () => {
    const [proxies, cells] = tables.map(readTable);
    const scores = Object.keys(proxies![0]!).filter((it) => it !== 'idx');
    const idx = numbers(proxies!, 'idx');
    const [labels, truth] = ['c10_val_200', 'c10_test_200'].map((column) => {
      const all = numbers(cells!, column);
      return idx.map((it) => all[it]!);
    });
    const rows = proxies!.map((row) => scores.map((it) => Number(row[it])));
    const picks = rng(1).shuffle(rows.map((_, i) => i));
    const training = (n: number) =>
      [picks.slice(0, n).map((i) => rows[i]!), picks.slice(0, n).map((i) => labels![i]!)] as const;
    return { rows, training, tauOf: (it: ArrayLike<number>) => kendallTauB(it, truth!) };
  };

  it('ranks 9,445 cells from 156 accuracies with τ ≈ .79', () => {
    const { rows, training, tauOf } = read();
    expect(tauOf(fitRandomForest(...training(156)).predict(rows))).toBeGreaterThan(0.765);
  });

  it("is not behind ml-random-forest's forest", () => {
    const { rows, training, tauOf } = read();
    const other = new RandomForestRegression({ nEstimators: 60, maxFeatures: 0.5, noOOB: true });
    other.train(...training(78));
    const ours = fitRandomForest(...training(78), { trees: 60 });
    expect(tauOf(ours.predict(rows))).toBeGreaterThan(tauOf(other.predict(rows)) - 0.015);
  });
});
