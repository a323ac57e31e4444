/** @file Columns as normal scores of their place among the training set: heavy tails and outliers lose their pull. */
import { InsufficientDataError, ShapeError } from '@sextant/common';
import { normalQuantile } from './normal-quantile';

/** Per column, distinct values of the training set in increasing order and the normal score of each. JSON. */
export interface QuantileScaling {
  readonly columns: readonly {
    readonly values: readonly number[];
    readonly scores: readonly number[];
  }[];
}

/** A column's distinct values with Φ⁻¹ of the middle of their ranks. */
function columnScaling(values: Float64Array): QuantileScaling['columns'][number] {
  const sorted = values.slice().sort();
  const [distinct, scores]: [number[], number[]] = [[], []];
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    distinct.push(sorted[start]!);
    scores.push(normalQuantile((start + end) / 2 / sorted.length));
  }
  return { values: distinct, scores };
}

/** @throws {InsufficientDataError} there is no row */
export function quantileScaling(rows: readonly ArrayLike<number>[]): QuantileScaling {
  const width = rows[0]?.length;
  if (width === undefined) throw new InsufficientDataError('no rows to scale columns by');
  return {
    columns: Array.from({ length: width }, (_, at) =>
      columnScaling(Float64Array.from(rows, (row) => row[at]!)),
    ),
  };
}

/** Linear between training values, constant beyond them; 0 where all training values are equal. */
function scoreAt(value: number, { values, scores }: QuantileScaling['columns'][number]): number {
  const last = values.length - 1;
  if (last === 0) return 0;
  if (!(value > values[0]!)) return scores[0]!;
  if (value >= values[last]!) return scores[last]!;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= value) low = middle;
    else high = middle;
  }
  const share = (value - values[low]!) / (values[high]! - values[low]!);
  return scores[low]! + share * (scores[high]! - scores[low]!);
}

/** Shapes: rows of d → rows of d, within the normal scores of the training set's extremes. @throws {ShapeError} other widths */
export const quantiled = (
  rows: readonly ArrayLike<number>[],
  { columns }: QuantileScaling,
): Float64Array[] =>
  rows.map((row) => {
    if (row.length !== columns.length) {
      throw new ShapeError(`a row of ${row.length} columns, expected ${columns.length}`);
    }
    return Float64Array.from(columns, (column, at) => scoreAt(row[at]!, column));
  });
