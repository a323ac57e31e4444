/** @file Published behaviour on NAS-Bench-201, CIFAR-10: accuracies to beat, and exact answers under limits. */
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import { cellIndex } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { evaluateAll } from '../../testing';
import { cellSpace, restrictTo, startRun, type Encoding } from '..';

const [accuracyFile, latencyFile] = [
  'nasbench201/nb201.csv.gz',
  'hw_nas_bench/nb201_cifar10.csv.gz',
];
const without = withoutTables(accuracyFile, latencyFile);
const cells = cellSpace({ classes: false });
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(without)(`NAS-Bench-201, CIFAR-10${without}`, () => {
  const accuracy = without ? [] : numbers(readTable(accuracyFile), 'c10_val_200');
  const latencies = without ? [] : readTable(latencyFile);
  const accuracyOf = (cell: Encoding) => accuracy[cellIndex(cell)]!;

  /** Best validation accuracy among `budget` evaluations, for each seed. */
  const bests = (strategy: string, options: object, budget: number, seeds: number): number[] =>
    Array.from({ length: seeds }, (_, seed) => {
      const run = startRun({ strategy, space: cells, seed, options });
      const { results } = evaluateAll(run, budget, (cell) => ({ objectives: [-accuracyOf(cell)] }));
      return Math.max(...results.map(({ objectives }) => -objectives[0]!));
    });

  it('random search with repetition finds what is expected of N draws', () => {
    // Standard error of the mean of 150 runs is about .03 at N = 50 and .02 at N = 200.
    expect(mean(bests('random-search', { allowDuplicates: true }, 50, 150))).toBeCloseTo(90.521, 0);
    const at200 = mean(bests('random-search', { allowDuplicates: true }, 200, 150));
    expect(Math.abs(at200 - 90.922)).toBeLessThan(0.08);
  });

  it('regularized evolution (10, 3) is in its window at N = 200 over 30 seeds, .3 above random', () => {
    const options = { populationSize: 10, tournamentSize: 3 };
    const evolved = mean(bests('regularized-evolution', options, 200, 30));
    const random = mean(bests('random-search', { allowDuplicates: true }, 200, 30));
    expect(evolved).toBeGreaterThanOrEqual(91.2);
    expect(evolved).toBeLessThanOrEqual(91.42);
    expect(evolved - random).toBeGreaterThanOrEqual(0.3);
  });

  it('local search by a predictor is .2 above random at N = 80 over 6 seeds', () => {
    const found = mean(bests('local-search', { refitEvery: 20 }, 80, 6));
    const random = mean(bests('random-search', {}, 80, 60));
    expect(found - random).toBeGreaterThanOrEqual(0.2);
  });

  /** Limits in ms at quantiles of a device, and the best accuracy that fits. */
  const answers: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    edgegpu: [
      [3.034, 89.15],
      [4.138, 90.98],
      [5.312, 91.29],
    ],
    eyeriss: [
      [3.4, 90.68],
      [4.629, 90.85],
      [5.1202, 91.22],
    ],
    fpga: [
      [2.362, 87.83],
      [2.906, 90.68],
      [3.725, 90.85],
    ],
    raspi4: [[8.045, 87.83]],
    pixel3: [[3.274, 87.83]],
  };

  describe.each(Object.entries(answers))('evolution under limits on %s', (device, cases) => {
    const latency = without ? [] : numbers(latencies, `${device}_latency`);
    const fits = (limit: number) => (cell: Encoding) => {
      const ms = latency[cellIndex(cell)]!;
      return ms > 0 && ms <= limit;
    };
    const search = (limit: number, seed: number, enough = Infinity) => {
      const space = restrictTo(cells, fits(limit));
      const run = startRun({ strategy: 'constrained-evolution', space, seed });
      const evaluate = (cell: Encoding) => ({ objectives: [-accuracyOf(cell)] });
      return evaluateAll(run, 2100, evaluate, ({ objectives }) => -objectives[0]! >= enough)
        .results;
    };

    it.each(cases)(
      'finds the optimum under %d ms, accuracy %d, for each of 30 seeds',
      (limit, best) => {
        for (let seed = 0; seed < 30; seed++) {
          const results = search(limit, seed, best - 1e-9);
          expect(results.length).toBeLessThanOrEqual(2100);
          expect(results.every(({ encoding }) => fits(limit)(encoding))).toBe(true);
          const found = Math.max(...results.map(({ objectives }) => -objectives[0]!));
          expect(found).toBeCloseTo(best, 9);
        }
      },
    );

    it('never finds less under a looser limit', () => {
      const found = cases.map(([limit]) =>
        Math.max(...search(limit, 1).map(({ objectives }) => -objectives[0]!)),
      );
      expect([...found].sort((a, b) => a - b)).toEqual(found);
    });

    it('says infeasible under a limit that no cell meets', () => {
      const space = restrictTo(cells, fits(0.0001));
      const run = startRun({ strategy: 'constrained-evolution', space, seed: 1 });
      expect(run.ask()).toEqual({ kind: 'infeasible' });
    });
  });
});
