/** @file The IDX format of MNIST and its kin: big-endian sizes, then bytes. */
import { DatasetFormatError } from '@sextant/common';

const unsignedByte = 0x08;

export interface IdxArray {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/**
 * An IDX array of unsigned bytes.
 * @param what names the file in errors
 * @throws {DatasetFormatError} wrong magic or type, or a length that the sizes do not give
 * @see LeCun, Cortes & Burges, The MNIST database — file format
 */
export function readIdx(bytes: Uint8Array, what: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== unsignedByte) {
    throw new DatasetFormatError(`${what} is not an IDX file of unsigned bytes (magic 0x000008..)`);
  }
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new DatasetFormatError(`${what} ends inside its header`);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = dims.reduce((a, b) => a * b, 1);
  if (bytes.length - start !== expected) {
    throw new DatasetFormatError(
      `${what} holds ${bytes.length - start} bytes, its sizes ${dims.join('×')} need ${expected}`,
    );
  }
  return { dims, data: bytes.subarray(start) };
}
