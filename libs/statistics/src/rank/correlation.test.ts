import { NonFiniteError, ShapeError } from '@sextant/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pearson, spearman } from './correlation';
import { denseRanks, ranks } from './ranks';

const x = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
const y = [2, 7, 1, 8, 2, 8, 1, 8, 2, 8];

describe('ranks', () => {
  it('gives tied values the mean of their ranks', () => {
    expect([...ranks(x)]).toEqual([4.5, 1.5, 6, 1.5, 7.5, 10, 3, 9, 7.5, 4.5]);
    expect([...ranks([Infinity, -Infinity, 0, -Infinity])]).toEqual([4, 1.5, 3, 1.5]);
    expect([...denseRanks([3, 1, 3, 2])]).toEqual([2, 0, 2, 1]);
  });

  it('sums to n(n + 1)/2', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (values) => {
        const n = values.length;
        expect(ranks(values).reduce((sum, it) => sum + it, 0)).toBe((n * (n + 1)) / 2);
      }),
    );
  });
});

describe('correlations', () => {
  it("are SciPy's values", () => {
    expect(pearson(x, y)).toBeCloseTo(0.10492284287735876, 14);
    expect(spearman(x, y)).toBeCloseTo(0.13471506281091267, 14);
  });

  it('keep their sign, and do not see a shift or a positive factor', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer(), fc.integer()), { minLength: 2 }), (pairs) => {
        const [a, b] = [pairs.map(([it]) => it), pairs.map(([, it]) => it)];
        const r = pearson(a, b);
        fc.pre(!Number.isNaN(r));
        expect(Math.abs(r)).toBeLessThanOrEqual(1);
        expect(
          pearson(
            a,
            b.map((it) => -it),
          ),
        ).toBeCloseTo(-r, 12);
        expect(
          pearson(
            a.map((it) => 3 * it + 5),
            b,
          ),
        ).toBeCloseTo(r, 6);
        expect(
          spearman(
            a,
            b.map((it) => it ** 3),
          ),
        ).toBeCloseTo(spearman(a, b), 12);
      }),
    );
  });

  it('have no value against a constant, and refuse NaN and unequal lengths', () => {
    expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
    expect(spearman([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
    expect(() => pearson([1, Infinity], [1, 2])).toThrow(NonFiniteError);
    expect(() => spearman([1, NaN], [1, 2])).toThrow(NonFiniteError);
    expect(() => spearman([1, 2], [1])).toThrow(ShapeError);
  });
});
