/** @file All statistics of one cell as a row of float32 numbers: what is computed once and kept. */
import { ShapeError } from '@sextant/common';

/** Fields in order, with their lengths. Tensors are those of `cellWeights`: both convolutions of each edge, absent ones 0. */
export const cellRecordFields = {
  /** Official number of the cell. */
  index: 1,
  operations: 6,
  /** Σ|θg|, Σθg and Σg² of each weight tensor, g the gradient of the loss. */
  snip: 188,
  plain: 188,
  gradSquares: 188,
  /** Σ|θ|·∂R/∂|θ| of each weight tensor, and R, times 16⁻¹⁵. */
  synflow: 188,
  flow: 1,
  nwot: 1,
  /** Mean share of a map's units on which two images agree: three nodes of each cell, two maps of each reduction, the last. */
  agreement: 50,
  jacov: 1,
  /** log Σ (∂loss/∂image)². */
  logInputGradient: 1,
  /** Σ over images of the logits' squared deviation from their mean. */
  logitSpread: 1,
  /** log (tr C)²/‖C‖² of the covariance C of channels at each cell's output: the logarithm of its effective rank. */
  effectiveRank: 15,
  /** tr C over the number of channels. */
  power: 15,
  /** Mean cross-entropy of the batch. */
  loss: 1,
} as const;

export type CellField = keyof typeof cellRecordFields;
export type CellRecord = Readonly<Record<CellField, Float32Array>>;

const fields = Object.keys(cellRecordFields) as CellField[];
export const cellRecordLength = fields.reduce((sum, field) => sum + cellRecordFields[field], 0);

/** Numbers of a record end to end. @throws {ShapeError} a field has another length */
export function packCellRecord(
  record: Readonly<Record<CellField, ArrayLike<number>>>,
): Float32Array {
  const out = new Float32Array(cellRecordLength);
  let offset = 0;
  for (const field of fields) {
    const values = record[field];
    if (values.length !== cellRecordFields[field]) {
      throw new ShapeError(
        `${field} has ${values.length} numbers, expected ${cellRecordFields[field]}`,
      );
    }
    out.set(values, offset);
    offset += values.length;
  }
  return out;
}

/** The record whose numbers these are. @throws {ShapeError} they are not as many */
export function unpackCellRecord(numbers: Float32Array): CellRecord {
  if (numbers.length !== cellRecordLength) {
    throw new ShapeError(`a record of ${numbers.length} numbers, expected ${cellRecordLength}`);
  }
  let offset = 0;
  const entries = fields.map((field) => {
    const start = offset;
    offset += cellRecordFields[field];
    return [field, numbers.subarray(start, offset)] as const;
  });
  return Object.fromEntries(entries) as Record<CellField, Float32Array>;
}
