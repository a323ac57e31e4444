/** @file A row of the table as the candidate that a search stores. */
import type {
  BenchmarkTable,
  CandidateCost,
  EvaluatedCandidate,
  Measurement,
  SearchBy,
} from '@sextant/contracts';
import { cellIndex, cellKey, formatCell, type Cell } from '@sextant/search-space';
import { wilsonInterval } from '../wilson-interval';
import type { CellCosts } from './cell-costs';

type Column = BenchmarkTable['select'];

/** The interval is of counting on so many images: that of another training of the same network may be wider. */
function accuracy(
  spec: SearchBy<'benchmark'>,
  { name, split, images, epochs, values }: Column,
  index: number,
): Measurement[] {
  const value = values[index];
  if (value === null || value === undefined || split === null) return [];
  const n = images ?? 1;
  const interval = images === null ? { lower: value, upper: value } : wilsonInterval(value * n, n);
  return [
    {
      metric: 'accuracy',
      split,
      fidelity: 'tabulated',
      seed: spec.seed,
      value,
      ...interval,
      n,
      unit: 'fraction',
      details: { benchmark: spec.method.options.benchmark, column: name, epochs },
    },
  ];
}

/** Its id names the row: cells that are the same network have numbers of their own on every device. */
export function lookedUp(
  spec: SearchBy<'benchmark'>,
  table: BenchmarkTable,
  costs: CellCosts,
  cell: Cell,
): EvaluatedCandidate {
  const index = cellIndex(cell);
  return {
    id: cellKey(cell),
    encoding: [...cell],
    architecture: { cell: formatCell(cell) },
    macs: costs.of('macs', index) as number,
    paramCount: costs.of('paramCount', index) as number,
    measurements: [
      ...accuracy(spec, table.select, index),
      ...(table.report ? accuracy(spec, table.report, index) : []),
    ],
    model: null,
  };
}

/** What is known of the cell on each hardware profile; nothing where a device does not run it. */
export function lookedUpCosts({ costs }: BenchmarkTable, cell: Cell): CandidateCost[] {
  const index = cellIndex(cell);
  const candidateId = cellKey(cell);
  return costs.flatMap(({ cost, values, evidence, conditions }) => {
    const value = values[index];
    if (value === null || value === undefined) return [];
    const spread = { lower: value, upper: value };
    return [{ candidateId, cost, value, ...spread, evidence, n: 1, conditions }];
  });
}
