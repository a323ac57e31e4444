/** @file CIFAR-10's binary format: records of one label byte and 3×32×32 pixels. */
import { DatasetFormatError } from '@sextant/common';
import type { ImageSet } from './dataset';

const pixels = 3 * 32 * 32;
const record = 1 + pixels;

/** @throws {DatasetFormatError} the length is not a whole number of records */
export function readCifar10(bytes: Uint8Array, what: string): ImageSet {
  if (bytes.length === 0 || bytes.length % record !== 0) {
    throw new DatasetFormatError(`${what} has ${bytes.length} bytes, not a multiple of ${record}`);
  }
  const count = bytes.length / record;
  const labels = new Uint8Array(count);
  const images = new Uint8Array(count * pixels);
  for (let at = 0; at < count; at++) {
    labels[at] = bytes[at * record] as number;
    images.set(bytes.subarray(at * record + 1, (at + 1) * record), at * pixels);
  }
  return { count, images, labels };
}

/** Sets one after another. */
export const concatenate = (sets: readonly ImageSet[]): ImageSet => ({
  count: sets.reduce((sum, { count }) => sum + count, 0),
  images: Uint8Array.from(Buffer.concat(sets.map(({ images }) => images))),
  labels: Uint8Array.from(Buffer.concat(sets.map(({ labels }) => labels))),
});
