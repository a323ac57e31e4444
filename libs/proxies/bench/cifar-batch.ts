/** @file Labelled batches of CIFAR-10, normalised as NAS-Bench-Suite-Zero and ParZC have them: mean and deviation 0.5. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

const pixels = 3 * 32 * 32;

/** Batch `at` of `size` images, in the order of the file (that of CIFAR-10's own, which is random). */
export function cifarBatch(size: number, at: number) {
  const folder = process.env['SEXTANT_DATA'] ?? '../shared/data';
  const records = gunzipSync(readFileSync(path.resolve(folder, 'cifar10/train_4000.bin.gz')));
  const images = new Float32Array(size * pixels);
  const labels = new Uint8Array(size);
  for (let n = 0; n < size; n++) {
    const start = (at * size + n) * (pixels + 1);
    labels[n] = records[start]!;
    for (let i = 0; i < pixels; i++) {
      images[n * pixels + i] = (records[start + 1 + i]! / 255 - 0.5) / 0.5;
    }
  }
  return { images, labels };
}
