import { InsufficientDataError, NonFiniteError, rng, ShapeError } from '@sextant/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendallTauB } from './kendall-tau';

/** τ-b by its definition, over all pairs. */
function byPairs(x: readonly number[], y: readonly number[]): number {
  let [score, inX, inY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < i; j++) {
      const [dx, dy] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!)];
      score += dx * dy;
      inX += dx * dx;
      inY += dy * dy;
    }
  return score / Math.sqrt(inX * inY);
}

const tiedPairs = fc.array(
  fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 5 })),
  {
    minLength: 2,
    maxLength: 60,
  },
);

describe('kendallTauB', () => {
  it.each([
    { x: [1, 1, 2], y: [1, 2, 3], tau: 0.816496580927726 },
    {
      x: [3, 1, 4, 1, 5, 9, 2, 6, 5, 3],
      y: [2, 7, 1, 8, 2, 8, 1, 8, 2, 8],
      tau: 0.13041013273932525,
    },
    { x: [1, 2, 3], y: [3, 2, 1], tau: -1 },
    { x: [-Infinity, 0, Infinity], y: [1, 2, 3], tau: 1 },
  ])("is SciPy's value $tau", ({ x, y, tau }) => {
    expect(kendallTauB(x, y)).toBeCloseTo(tau, 14);
  });

  it("is SciPy's value on 500 pairs with ties", () => {
    const x = Array.from({ length: 500 }, (_, i) => (i * 7919) % 101);
    const y = Array.from({ length: 500 }, (_, i) => ((i * 104729) % 97) + x[i]! * 0.5);
    expect(kendallTauB(x, y)).toBeCloseTo(0.3026394431396735, 13);
  });

  it('equals the definition over all pairs', () => {
    fc.assert(
      fc.property(tiedPairs, (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const expected = byPairs(x, y);
        const tau = kendallTauB(x, y);
        if (Number.isNaN(expected)) expect(tau).toBeNaN();
        else expect(tau).toBeCloseTo(expected, 12);
      }),
    );
  });

  it('is symmetric, changes sign with one side and ignores the order of the pairs', () => {
    fc.assert(
      fc.property(tiedPairs, (pairs) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const tau = kendallTauB(x, y);
        fc.pre(!Number.isNaN(tau));
        expect(kendallTauB(y, x)).toBeCloseTo(tau, 14);
        expect(
          kendallTauB(
            x,
            y.map((it) => -it),
          ),
        ).toBeCloseTo(-tau, 14);
        expect(kendallTauB(x.toReversed(), y.toReversed())).toBeCloseTo(tau, 14);
      }),
    );
  });

  it('ranks 15,625 in much less time than over all pairs', () => {
    const draw = rng(1);
    const x = Array.from({ length: 15_625 }, () => draw.normal());
    const y = x.map((it) => it + draw.normal());
    kendallTauB(x, y);
    const before = process.cpuUsage();
    const tau = kendallTauB(x, y);
    const spent = process.cpuUsage(before);
    // τ of a bivariate normal is 2/π·asin ρ with ρ = 1/√2.
    expect(tau).toBeCloseTo(0.5, 1);
    // 122 million pairs take most of a second.
    expect((spent.user + spent.system) / 1000).toBeLessThan(250);
  });

  it('has no value against a constant, and refuses what has no order', () => {
    expect(kendallTauB([1, 1, 1], [1, 2, 3])).toBeNaN();
    expect(() => kendallTauB([1, NaN], [1, 2])).toThrow(NonFiniteError);
    expect(() => kendallTauB([1, 2, 3], [1, 2])).toThrow(ShapeError);
    expect(() => kendallTauB([1], [1])).toThrow(InsufficientDataError);
  });
});
