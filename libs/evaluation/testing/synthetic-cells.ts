/** @file A benchmark made up by a formula: the shape of the published tables, none of their numbers. */
import { rng } from '@sextant/common';
import { cellAt, cellCount, cellMacs, cellParams, formatCell } from '@sextant/search-space';

export interface SyntheticCell {
  readonly idx: number;
  readonly arch: string;
  /** %; a noisy, saturating function of the convolutions. */
  readonly validation: number;
  readonly test: number;
  /** ms; grows with the operations, not in proportion to the MACs. null: the device does not run it. */
  readonly latencyMs: number | null;
  readonly energyMj: number;
  readonly score: number;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

function syntheticCell(idx: number): SyntheticCell {
  const cell = cellAt(idx);
  const draw = rng(20261124, idx);
  const capacity = Math.log(cellMacs(cell) / 5e6) + 0.3 * Math.log(cellParams(cell) / 5e4);
  const skips = cell.filter((operation) => operation === 1).length;
  const validation = 92 - 60 * Math.exp(-capacity) + 0.4 * skips + 0.5 * draw.normal();
  const work = [0, 0.1, 0.9, 2.3, 0.7];
  const latency = cell.reduce((sum, operation) => sum + (work[operation] as number), 0.5);
  const isRunnable = draw.uniform() < 0.9;
  return {
    idx,
    arch: formatCell(cell),
    validation: rounded(Math.min(99, Math.max(10, validation)), 2),
    test: rounded(Math.min(99, Math.max(10, validation + 1 + 0.3 * draw.normal())), 4),
    latencyMs: isRunnable ? rounded(latency * Math.exp(0.05 * draw.normal()), 6) : null,
    energyMj: rounded(latency * 4.2 * Math.exp(0.02 * draw.normal()), 6),
    score: rounded(capacity + 0.2 * draw.normal(), 6),
  };
}

/** Every `stride`-th cell of the space, by official index. */
export const syntheticCells = (stride = 1): SyntheticCell[] =>
  Array.from({ length: Math.ceil(cellCount / stride) }, (_, at) => syntheticCell(at * stride));

const csv = (header: string, rows: readonly (readonly unknown[])[]): string =>
  [header, ...rows.map((row) => row.join(','))].join('\n') + '\n';

export const accuracyCsv = (cells: readonly SyntheticCell[]): string =>
  csv(
    'idx,arch,c10_val_200,c10_test_200',
    cells.map(({ idx, arch, validation, test }) => [idx, arch, validation, test]),
  );

export const proxyCsv = (cells: readonly SyntheticCell[]): string =>
  csv(
    'idx,score',
    cells.map(({ idx, score }) => [idx, score]),
  );

/** As HW-NAS-Bench writes it: −1 where the device does not run the cell. */
export const hardwareCsv = (cells: readonly SyntheticCell[], device = 'board'): string =>
  csv(
    `idx,${device}_latency,${device}_energy`,
    cells.map(({ idx, latencyMs, energyMj }) => [idx, latencyMs ?? -1, energyMj]),
  );
