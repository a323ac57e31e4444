/** @file The made-up benchmark as a search gets it from the database. */
import type { BenchmarkTable } from '@sextant/contracts';
import { cellCount } from '@sextant/search-space';
import { syntheticCells, type SyntheticCell } from './synthetic-cells';

const byIndex = (
  cells: readonly SyntheticCell[],
  value: (cell: SyntheticCell) => number | null,
): (number | null)[] => {
  const values = Array<number | null>(cellCount).fill(null);
  for (const cell of cells) values[cell.idx] = value(cell);
  return values;
};

const accuracyColumn = (
  split: 'validation' | 'test',
  images: number,
  values: (number | null)[],
): BenchmarkTable['select'] => ({
  name: split === 'test' ? 'c10_test_200' : 'c10_val_200',
  kind: 'accuracy',
  dataset: 'cifar10',
  split,
  epochs: 200,
  images,
  known: values.filter((value) => value !== null).length,
  values,
});

/** With `latencyMs@board` and `energyMj@board`. */
export function syntheticTable(cells: readonly SyntheticCell[] = syntheticCells()): BenchmarkTable {
  const known = { evidence: 'measured' as const, conditions: { profile: 'board', version: 1 } };
  return {
    select: accuracyColumn(
      'validation',
      25_000,
      byIndex(cells, ({ validation }) => validation / 100),
    ),
    report: accuracyColumn(
      'test',
      10_000,
      byIndex(cells, ({ test }) => test / 100),
    ),
    seconds: null,
    proxies: [],
    costs: [
      { cost: 'latencyMs@board', values: byIndex(cells, (it) => it.latencyMs), ...known },
      { cost: 'energyMj@board', values: byIndex(cells, (it) => it.energyMj), ...known },
    ],
  };
}
