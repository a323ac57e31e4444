/** @file Feature rows as regressors take them, and their columns on one scale. */
import { ShapeError } from '@sextant/common';
import { requireCount, requireFinite, requireSameLength } from '../checks';

/** One feature vector a row, all of one width. */
export type Rows = readonly ArrayLike<number>[];

/** @throws {ShapeError} a row is not `width` wide */
export function requireWidth(what: string, rows: Rows, width: number): void {
  rows.forEach((row, i) => {
    if (row.length !== width)
      throw new ShapeError(`${what}: row ${i} has ${row.length} features, not ${width}`);
  });
}

/**
 * What a fit needs of its data; the width of the rows.
 * @throws {InsufficientDataError} fewer than `least` rows, or no features
 * @throws {ShapeError} rows of different widths, or another number of targets than rows
 * @throws {NonFiniteError} a feature or target is not finite
 */
export function requireTrainingData(
  what: string,
  x: Rows,
  y: ArrayLike<number>,
  least: number,
): number {
  requireSameLength(`${what}: rows and targets`, x.length, y.length);
  requireCount(what, x.length, least);
  const width = x[0]!.length;
  requireCount(`${what}: features`, width, 1);
  requireWidth(what, x, width);
  x.forEach((row, i) => requireFinite(`${what}: row ${i}`, row));
  requireFinite(`${what}: targets`, y);
  return width;
}

/** z = (x − shift)·factor, column by column. */
export interface Scaling {
  readonly shift: readonly number[];
  readonly factor: readonly number[];
}

/** Mean 0 and standard deviation 1 (divisor n) on `rows`; a constant column becomes 0 everywhere. */
export function standardScaling(rows: Rows): Scaling {
  const width = rows[0]!.length;
  const columns = Array.from({ length: width }, (_, j) =>
    spread(Float64Array.from(rows, (row) => row[j]!)),
  );
  return {
    shift: columns.map(({ mean }) => mean),
    factor: columns.map(({ mean, deviation }) =>
      deviation > 1e-12 * Math.abs(mean) ? 1 / deviation : 0,
    ),
  };
}

/** Mean and standard deviation with divisor n. */
export function spread(values: Float64Array): {
  readonly mean: number;
  readonly deviation: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/** @throws {ShapeError} a row has another width than the scaling */
export function scaled(rows: Rows, { shift, factor }: Scaling): Float64Array[] {
  requireWidth('scaled', rows, shift.length);
  return rows.map((row) => {
    const out = new Float64Array(row.length);
    for (let j = 0; j < out.length; j++) out[j] = (row[j]! - shift[j]!) * factor[j]!;
    return out;
  });
}
