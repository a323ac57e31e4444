import { InsufficientDataError, rng } from '@sextant/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossValidate, foldsOf } from '../folds';
import { fitRidge } from '../regression/ridge';
import { conformalQuantile, crossConformal, splitConformal } from './conformal';

const sample = (n: number, seed: number) => {
  const draw = rng(seed);
  const x = Array.from({ length: n }, () => [draw.normal(), draw.normal()]);
  return { x, y: x.map(([a, b]) => a! - 2 * b! + draw.normal()) };
};

/** Mean coverage over 60 training sets of `n`, 50 new rows each. */
function coverage(
  n: number,
  bounds: (data: ReturnType<typeof sample>) => ReturnType<typeof crossConformal>,
) {
  const shares = Array.from({ length: 60 }, (_, seed) => {
    const [old, fresh] = [sample(n, seed), sample(50, 1000 + seed)];
    const { lower, upper } = bounds(old)(fresh.x);
    return fresh.y.filter((it, i) => lower[i]! <= it && it <= upper[i]!).length / 50;
  });
  return shares.reduce((sum, it) => sum + it / shares.length, 0);
}

describe('conformalQuantile', () => {
  it('is the ⌈(n + 1)·level⌉-th smallest', () => {
    expect(conformalQuantile([9, 1, 8, 2, 7, 3, 6, 4, 5], 0.9)).toBe(9);
    expect(conformalQuantile([9, 1, 8, 2, 7, 3, 6, 4, 5], 0.5)).toBe(5);
    expect(conformalQuantile([1, 2, 3], 0.9)).toBe(Infinity);
  });

  it('refuses no scores and impossible levels', () => {
    expect(() => conformalQuantile([], 0.9)).toThrow(InsufficientDataError);
    expect(() => conformalQuantile([1], 1)).toThrow(/level 1/);
  });
});

describe('intervals', () => {
  it('of a split cover nine in ten', () => {
    const share = coverage(60, ({ x, y }) =>
      splitConformal(
        fitRidge(x.slice(0, 30), y.slice(0, 30)),
        { x: x.slice(30), y: y.slice(30) },
        0.9,
      ),
    );
    expect(share).toBeGreaterThan(0.88);
    expect(share).toBeLessThan(0.94);
  });

  it.each([
    { name: 'CV+', count: 5 },
    { name: 'jackknife+', count: 30 },
  ])('of $name cover nine in ten', ({ count }) => {
    const share = coverage(30, ({ x, y }) =>
      crossConformal(fitRidge, x, y, foldsOf(30, count, rng(1)), 0.9),
    );
    expect(share).toBeGreaterThan(0.87);
    expect(share).toBeLessThan(0.95);
  });

  it('of jackknife+ are the order statistics of equation 12', () => {
    const [x, y] = [
      [[0], [1], [2], [3]],
      [0, 1, 1, 3],
    ];
    const mean = (_: unknown, targets: ArrayLike<number>) => ({
      predict: (rows: readonly unknown[]) =>
        Float64Array.from(rows, () =>
          Array.from(targets).reduce((s, it) => s + it / targets.length, 0),
        ),
    });
    // Without row i the mean is (5 − y_i)/3: centres 5/3 4/3 4/3 2/3, residuals 5/3 1/3 1/3 7/3.
    const { lower, upper } = crossConformal(mean, x, y, [[0], [1], [2], [3]], 0.6)([[9]]);
    // ⌈5·0.6⌉ = 3rd: upper ends 5/3 5/3 3 10/3; lower ends −5/3 0 1 1, third largest.
    expect(upper[0]).toBeCloseTo(3, 12);
    expect(lower[0]).toBeCloseTo(0, 12);
  });
});

describe('folds', () => {
  it('hold out every row once, in equal parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 90 }), fc.nat(), (n, seed) => {
        const count = 2 + (seed % (n - 1));
        const folds = foldsOf(n, count, rng(seed));
        expect(folds.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        const sizes = folds.map((it) => it.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('predict each row without having seen it', () => {
    const { x, y } = sample(20, 3);
    const folds = foldsOf(20, 20, rng(1));
    const held = crossValidate((a, b) => fitRidge(a, b, { lambda: 1 }), x, y, folds);
    const error = Math.sqrt(held.reduce((sum, it, i) => sum + (it - y[i]!) ** 2 / 20, 0));
    // Columns are standardised anew in each fold, hence not to the last digit.
    expect(error).toBeCloseTo(fitRidge(x, y, { lambda: 1 }).toJSON().leaveOneOutError, 1);
    expect(() => foldsOf(3, 4, rng(1))).toThrow(InsufficientDataError);
  });
});
