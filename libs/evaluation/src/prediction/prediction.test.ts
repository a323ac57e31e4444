import { InsufficientDataError } from '@sextant/common';
import {
  CreateSearch,
  type FittedPredictor,
  type ScoreRow,
  type SearchBy,
} from '@sextant/contracts';
import {
  canonicalCells,
  cellHash,
  cellMacs,
  cellParams,
  reachableOperations,
} from '@sextant/search-space';
import { kendallTauB, spearman } from '@sextant/statistics';
import { describe, expect, it } from 'vitest';
import { orderAsAccuracy, predictAccuracies, reportCorrelations, type ScoredTable } from '.';

const proxies = ['snip', 'fisher'];
const spec = CreateSearch.parse({
  dataset: 'images',
  space: 'nas-bench-201',
  method: { name: 'zero-cost', options: { proxies, ranking: { by: 'proxy', proxy: 'snip' } } },
}) as SearchBy<'zero-cost'>;

const cells = canonicalCells().slice(100, 160);
const convolutions = cells.map((cell) => cell.filter((it) => it === 3 || it === 2).length);

/** Node statistics that float32 could not hold, and one that is not finite. */
const layersOf = (cell: readonly number[]): number =>
  8 + 15 * cell.filter((it) => it === 2 || it === 3).length;
const nodesOf = (at: number): string =>
  Buffer.from(
    Float64Array.from({ length: layersOf(cells[at]!) }, (_, layer) =>
      at === 0 && layer === 0 ? Infinity : 1e60 * (at + layer + 1),
    ).buffer,
  ).toString('base64');

const rows: ScoreRow[] = cells.map((cell, at) => ({
  id: cellHash(cell),
  encoding: [...cell],
  macs: cellMacs(cell),
  paramCount: cellParams(cell),
  score: at === 2 ? null : convolutions[at]!,
  scores: [at === 2 ? null : convolutions[at]!, -convolutions[at]! + at / 100],
  nodeCounts: [layersOf(cell), 0],
  nodes: nodesOf(at),
}));
const accuracy = rows.map((_, at) => 0.6 + 0.04 * convolutions[at]! + ((at * 13) % 7) / 300);
const labelled = (from: number, to: number) =>
  rows.slice(from, to).map(({ id }, at) => ({ id, accuracy: accuracy[from + at]! }));
const table: ScoredTable = { spec, rows, train: labelled(0, 40), test: labelled(30, 60) };

describe('predicted accuracies', () => {
  it.each(['kernel-ridge', 'random-forest'] as const)('%s learns, with intervals', async (name) => {
    const { predictions, result } = await predictAccuracies(
      table,
      { name, seed: 1 },
      { threads: 1 },
    );
    expect(result).toMatchObject({ picked: name, labels: 40, intervalLevel: 0.9, predicted: 60 });
    const unseen = predictions.slice(40);
    const truth = accuracy.slice(40);
    expect(spearman(unseen.map(({ value }) => value), truth)).toBeGreaterThan(0.5); // prettier-ignore
    const covered = unseen.filter(
      ({ lower, upper }, at) => lower! <= truth[at]! && truth[at]! <= upper!,
    );
    expect(covered.length).toBeGreaterThanOrEqual(14);
    expect(predictions.map(({ heldOut }) => heldOut !== null)).toEqual(
      rows.map((_, at) => at < 40),
    );
    const again = await predictAccuracies(table, { name, seed: 1 }, { threads: 1 });
    expect(again.predictions).toEqual(predictions);
  });

  it('parzc reads nodes beyond float32, and architectures with more layers than any labelled one', async () => {
    const fewest = [...rows.keys()].sort((a, b) => convolutions[a]! - convolutions[b]!).slice(0, 9);
    const train = fewest.map((at) => ({ id: rows[at]!.id, accuracy: accuracy[at]! }));
    const { predictions } = await predictAccuracies(
      { ...table, train },
      { name: 'parzc', seed: 1 },
      { threads: 1 },
    );
    expect(predictions.every(({ value }) => value >= 0 && value <= 1)).toBe(true);
    expect(new Set(predictions.map(({ value }) => value)).size).toBeGreaterThan(20);
  }, 120_000);

  it('of an order are in that order', async () => {
    const { predictions } = await predictAccuracies(
      table,
      { name: 'params', seed: 1 },
      { threads: 1 },
    );
    const values = predictions.map(({ value }) => value);
    // Of what is on a path from input to output.
    const sizes = cells.map((cell) => cellParams(reachableOperations(cell)));
    expect(kendallTauB(values, sizes)).toBe(1);
    expect(Math.abs(values[0]! - 0.7)).toBeLessThan(0.3);
  });

  it('come without intervals from few labels, and not at all from none', async () => {
    const few = { ...table, train: labelled(0, 6) };
    const { predictions, result } = await predictAccuracies(
      few,
      { name: 'macs', seed: 0 },
      { threads: 1 },
    );
    expect(result.intervalLevel).toBeNull();
    expect(predictions.every(({ lower, heldOut }) => lower === null && heldOut === null)).toBe(
      true,
    );
    const none = predictAccuracies(
      { ...table, train: [] },
      { name: 'macs', seed: 0 },
      { threads: 1 },
    );
    await expect(none).rejects.toThrow(InsufficientDataError);
  });
});

describe('an order as accuracies', () => {
  it('is the line of least squares, and never falls', () => {
    const rising = orderAsAccuracy([0, 0.5, 1], [0.1, 0.2, 0.3]);
    expect(rising(0.25)).toBeCloseTo(0.15, 12);
    const falling = orderAsAccuracy([0, 1], [0.9, 0.1]);
    expect(falling(1)).toBeGreaterThan(falling(0));
    expect(falling(0.5)).toBeCloseTo(0.5, 12);
  });
});

describe('a report', () => {
  const fitted: FittedPredictor = {
    number: 1,
    name: 'auto',
    picked: 'random-forest',
    seed: 0,
    predictions: rows.map(({ id }, at) => ({ id, value: accuracy[at]!, heldOut: at < 40 ? -accuracy[at]! : null })), // prettier-ignore
  };
  const report = reportCorrelations(table, [fitted], { seed: 0, resamples: 200 });
  const entry = (split: string, name: string) =>
    report.entries.find((it) => it.split === split && it.name === name)!;

  it('keeps the sign, has baselines beside, and puts failures last', () => {
    expect(report.labels).toEqual({ train: 40, test: 20 });
    expect(entry('train', 'fisher').kendallTauB!.value).toBeLessThan(0);
    const snip = entry('train', 'snip');
    const values = rows.slice(0, 40).map(({ scores: [value] }) => value ?? -1e9);
    expect(snip.kendallTauB!.value).toBe(kendallTauB(values, accuracy.slice(0, 40)));
    expect([snip.failed, snip.n]).toEqual([1, 40]);
    expect(snip.kendallTauB!.lower).toBeLessThan(snip.kendallTauB!.value);
    expect(entry('train', 'params').kind).toBe('baseline');
  });

  it('compares a predictor with labels it had not seen', () => {
    const name = '1 auto (random-forest)';
    expect(entry('train', name)).toMatchObject({ values: 'cross-validated', kendallTauB: { value: expect.closeTo(-1, 12) } }); // prettier-ignore
    expect(entry('test', name)).toMatchObject({ values: 'held-out', kendallTauB: { value: expect.closeTo(1, 12) }, n: 20 }); // prettier-ignore
    expect(entry('test', name).precisionAt).toEqual([{ k: 10, precision: 1 }]);
  });

  it('needs labels', () => {
    expect(() => reportCorrelations({ ...table, train: [], test: [] }, [], { seed: 0, resamples: 10 })).toThrow(InsufficientDataError); // prettier-ignore
  });
});
