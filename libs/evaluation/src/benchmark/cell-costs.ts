/** @file What cells cost, by official index: counted from them, or looked up in the tables of hardware profiles. */
import { ValidationError } from '@sextant/common';
import type { BenchmarkTable, CostKey, CostLimits } from '@sextant/contracts';
import { allCells, cellMacs, cellParams, type Cell } from '@sextant/search-space';

/** A cost that no device reports counts as this far over any limit. */
export const unknownViolation = 1000;

export type CostValues = readonly (number | null)[];

/** Images as the benchmark's own networks take them, by data set. */
const scales: Readonly<Record<string, { resolution: number; classes: number }>> = {
  cifar10: { resolution: 32, classes: 10 },
  cifar100: { resolution: 32, classes: 100 },
  'imagenet16-120': { resolution: 16, classes: 120 },
};

/** Counts depend on how many convolutions of each kind a cell has: 28 different ones in 15,625 cells. */
function countedOnce(count: (cell: Cell) => number): number[] {
  const known = new Map<number, number>();
  return allCells().map((cell) => {
    const kind = cell.reduce((sum, op) => sum + (op === 2 ? 1 : op === 3 ? 7 : 0), 0);
    const value = known.get(kind) ?? count(cell);
    known.set(kind, value);
    return value;
  });
}

export class CellCosts {
  private readonly tables: Map<string, CostValues>;

  constructor({ select, costs }: Pick<BenchmarkTable, 'select' | 'costs'>) {
    const scale = scales[select.dataset ?? ''] ?? { resolution: 32, classes: 10 };
    this.tables = new Map(costs.map(({ cost, values }) => [cost, values]));
    this.tables.set(
      'macs',
      countedOnce((cell) => cellMacs(cell, scale)),
    );
    this.tables.set(
      'paramCount',
      countedOnce((cell) => cellParams(cell, scale)),
    );
  }

  /**
   * In the unit of its key; null where the device does not run the cell, or nobody has measured it.
   * @throws {ValidationError} there is no table of this cost
   */
  values(cost: CostKey): CostValues {
    const table = this.tables.get(cost);
    if (table) return table;
    throw new ValidationError(`there is no table of ${cost}`, [
      { pointer: '', message: `there is no table of ${cost}` },
    ]);
  }

  of(cost: CostKey, index: number): number | null {
    return this.values(cost)[index] ?? null;
  }

  /** Σ max(0, value / limit − 1) over the limits; 0 exactly where all are met. */
  violation(limits: CostLimits, index: number): number {
    let sum = 0;
    for (const [cost, limit] of Object.entries(limits)) {
      const value = this.of(cost as CostKey, index);
      if (value === null) sum += unknownViolation;
      else if (value > limit) sum += Math.max(Number.EPSILON, value / limit - 1);
    }
    return sum;
  }
}
