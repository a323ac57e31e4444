/** @file What every regressor is once fitted. */
import type { Rows } from './rows';

export interface Regressor {
  /** One prediction a row, in the unit of the targets. @throws {ShapeError} rows of another width than fitted */
  predict(rows: Rows): Float64Array;
}

/** x n rows of d, y n → a regressor. */
export type Fit = (x: Rows, y: ArrayLike<number>) => Regressor;
