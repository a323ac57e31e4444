import { InsufficientDataError } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kendallTauB } from './kendall-tau';
import { precisionAt, precisionAtTop, tauInTop } from './top';

const truth = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe('tauInTop', () => {
  it('sees only the truly best', () => {
    const wrongAmongWorst = [5, 4, 3, 2, 1, 6, 7, 8, 9, 10];
    const wrongAmongBest = [1, 2, 3, 4, 5, 10, 9, 8, 7, 6];
    expect(tauInTop(wrongAmongWorst, truth, 0.5)).toBeCloseTo(1, 14);
    expect(tauInTop(wrongAmongBest, truth, 0.5)).toBeCloseTo(-1, 14);
    expect(tauInTop(wrongAmongBest, truth, 1)).toBe(kendallTauB(wrongAmongBest, truth));
  });

  it('takes along what ties with the last of them', () => {
    expect(tauInTop([0, 1, 3, 2], [0, 1, 1, 2], 0.5)).toBe(kendallTauB([1, 3, 2], [1, 1, 2]));
  });

  it('refuses a fraction that leaves one, or is none', () => {
    expect(() => tauInTop(truth, truth, 0.1)).toThrow(InsufficientDataError);
    expect(() => tauInTop(truth, truth, 0)).toThrow(/0, 1/);
  });
});

describe('precisionAt', () => {
  it('counts the shared items among both k best', () => {
    expect(precisionAt([1, 2, 3, 4, 5, 6, 7, 10, 9, 8], truth, 3)).toBe(1);
    expect(precisionAt([10, 2, 3, 4, 5, 6, 7, 1, 9, 8], truth, 2)).toBe(0.5);
    expect(precisionAtTop(truth, truth, 0.3)).toBe(1);
  });

  it('counts a tied item by its chance', () => {
    expect(precisionAt([0, 1, 1, 1], [1, 2, 3, 4], 2)).toBeCloseTo(2 / 3, 12);
    expect(precisionAt([7, 7, 7, 7], [1, 2, 3, 4], 1)).toBe(0.25);
  });

  it('is in [0, 1], 1 for the truth itself without ties, and independent of the order of items', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer(), { minLength: 2, maxLength: 30 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 5 })),
        (real, stream) => {
          const scores = real.map(() => Number(stream.next().value));
          const k = 1 + (real.length >> 1);
          const precision = precisionAt(scores, real, k);
          expect(precision).toBeGreaterThanOrEqual(0);
          expect(precision).toBeLessThanOrEqual(1 + 1e-12);
          expect(precisionAt(real, real, k)).toBe(1);
          expect(precisionAt(scores.toReversed(), real.toReversed(), k)).toBeCloseTo(precision, 12);
        },
      ),
    );
  });
});

const tables = ['zero_cost/nb201_cifar10_9445.csv.gz', 'nasbench201/nb201.csv.gz'] as const;
const missing = withoutTables(...tables);

describe.skipIf(missing)(`on NAS-Bench-201${missing}`, () => {
  it('gives the published figures of zero-cost proxies', () => {
    const [proxies, cells] = tables.map(readTable);
    const idx = numbers(proxies!, 'idx');
    const score = (proxy: string): number[] => numbers(proxies!, proxy);
    const accuracy = (column: string): number[] => {
      const all = numbers(cells!, column);
      return idx.map((it) => all[it]!);
    };
    const test = accuracy('c10_test_200');
    expect(kendallTauB(score('nwot'), test)).toBeCloseTo(0.624, 3);
    expect(kendallTauB(score('plain'), test)).toBeCloseTo(-0.234, 3);
    expect(tauInTop(score('zen'), test, 0.1)).toBeCloseTo(0.28, 2);
    expect(tauInTop(score('synflow'), test, 0.1)).toBeCloseTo(0.15, 2);
    const validation = accuracy('c10_val_200');
    expect(precisionAtTop(score('nwot'), validation, 0.05)).toBeCloseTo(0.14, 2);
    expect(precisionAtTop(score('synflow'), validation, 0.05)).toBeCloseTo(0.252, 2);
  });
});
