import { InsufficientDataError, NonFiniteError, rng } from '@sextant/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendallTauB } from '../rank/kendall-tau';
import { bootstrapInterval } from './bootstrap-interval';
import { meanInterval } from './mean-interval';
import { median, quantile } from './quantile';
import { studentT } from './student-t';

describe('quantile', () => {
  it("is NumPy's", () => {
    expect([0.1, 0.5, 0.9].map((p) => quantile([3, 1, 4, 1, 5], p))).toEqual([1, 3, 4.6]);
    expect(median([4, 1])).toBe(2.5);
    expect(quantile([Infinity, 1, 2], 0.5)).toBe(2);
  });

  it('is monotone between the extremes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p) => {
          expect(quantile(values, p)).toBeGreaterThanOrEqual(Math.min(...values));
          expect(quantile(values, p)).toBeLessThanOrEqual(quantile(values, (1 + p) / 2));
        },
      ),
    );
  });

  it('refuses nothing, NaN and p outside [0, 1]', () => {
    expect(() => quantile([], 0.5)).toThrow(InsufficientDataError);
    expect(() => quantile([NaN], 0.5)).toThrow(NonFiniteError);
    expect(() => quantile([1], 1.1)).toThrow(/1.1/);
  });
});

describe('studentT', () => {
  it.each([
    { level: 0.9, degrees: 1, t: 6.313751514675037 },
    { level: 0.95, degrees: 1, t: 12.706204736174694 },
    { level: 0.95, degrees: 2, t: 4.302652729749462 },
    { level: 0.95, degrees: 3, t: 3.1824463052837078 },
    { level: 0.95, degrees: 4, t: 2.7764451051977934 },
    { level: 0.95, degrees: 5, t: 2.5705818356363146 },
    { level: 0.99, degrees: 9, t: 3.249835541592126 },
    { level: 0.95, degrees: 30, t: 2.0422724563012378 },
    { level: 0.99, degrees: 199, t: 2.600760216058516 },
  ])("is SciPy's $t", ({ level, degrees, t }) => {
    expect(Math.abs(studentT(level, degrees) / t - 1)).toBeLessThan(1e-9);
  });
});

describe('meanInterval', () => {
  it("is SciPy's", () => {
    const { value, lower, upper, n } = meanInterval([5.1, 4.9, 5.6, 5.3, 4.7]);
    expect(value).toBeCloseTo(5.12, 12);
    expect(lower).toBeCloseTo(4.686305410339126, 9);
    expect(upper).toBeCloseTo(5.553694589660872, 9);
    expect(n).toBe(5);
  });

  it('covers the mean of a normal 95 times in 100', () => {
    const draw = rng(5);
    const covered = Array.from({ length: 2000 }, () => {
      const { lower, upper } = meanInterval(Array.from({ length: 5 }, () => draw.normal()));
      return lower <= 0 && 0 <= upper;
    }).filter(Boolean).length;
    expect(covered / 2000).toBeGreaterThan(0.935);
    expect(covered / 2000).toBeLessThan(0.965);
  });

  it('refuses one value', () => {
    expect(() => meanInterval([1])).toThrow(InsufficientDataError);
  });
});

describe('bootstrapInterval', () => {
  const draw = rng(9);
  const x = Array.from({ length: 80 }, () => draw.normal());
  const y = x.map((it) => it + draw.normal());

  it('holds the estimate, repeats with its seed and shrinks with n', () => {
    const of = (n: number, seed: number) =>
      bootstrapInterval(
        kendallTauB,
        { x: x.slice(0, n), y: y.slice(0, n) },
        { rng: rng(seed), resamples: 300 },
      );
    const whole = of(80, 1);
    expect(whole).toEqual(of(80, 1));
    expect(whole.lower).not.toBe(of(80, 2).lower);
    expect(whole.lower).toBeLessThan(whole.value);
    expect(whole.upper).toBeGreaterThan(whole.value);
    expect(whole.upper - whole.lower).toBeLessThan(of(20, 1).upper - of(20, 1).lower);
  });

  it('is as wide as theory says for a mean', () => {
    const { lower, upper } = bootstrapInterval(
      (values) => values.reduce((sum, it) => sum + it, 0) / values.length,
      { x, y },
      { rng: rng(3), resamples: 4000 },
    );
    const { lower: low, upper: high } = meanInterval(x);
    expect((upper - lower) / (high - low)).toBeGreaterThan(0.9);
    expect((upper - lower) / (high - low)).toBeLessThan(1.05);
  });

  it('refuses a statistic that is undefined', () => {
    expect(() =>
      bootstrapInterval(kendallTauB, { x: [1, 1], y: [1, 2] }, { rng: rng(1), resamples: 5 }),
    ).toThrow(InsufficientDataError);
  });
});
