/** @file The training images that proxies look at: drawn once by the seed, the same for every architecture. */
import { rng } from '@sextant/common';
import { resamplingMatrix } from '@sextant/engine';
import type { LabelledBatch } from '@sextant/proxies';
import { gather } from '@sextant/supernet';
import type { SearchDataset } from '../ports';

/** Batches of `size` training images, none of them twice. */
export interface DrawnBatches {
  readonly count: number;
  readonly size: number;
  readonly seed: number;
}

/**
 * Per channel (x/255 − mean) / standard deviation, [N,C,H,W]; then each image to `side`×`side`, bilinear with half-pixel
 * centres, where the networks see another size.
 */
export function scoringBatches(
  dataset: SearchDataset,
  { count, size, seed }: DrawnBatches,
  side: number,
): LabelledBatch[] {
  const all = Array.from({ length: dataset.train.count }, (_, index) => index);
  const order = rng(seed, 'batches').shuffle(all);
  return Array.from({ length: count }, (_, at) => {
    const indices = order.slice(at * size, (at + 1) * size);
    const { images, labels } = gather(dataset.train, indices, dataset.width);
    return { images: resized(normalised(images, dataset), dataset, side), labels };
  });
}

function normalised(images: Uint8Array, dataset: SearchDataset): Float32Array {
  const { channels, height, width, mean, standardDeviation } = dataset;
  const plane = height * width;
  return Float32Array.from(images, (pixel, at) => {
    const channel = Math.floor(at / plane) % channels;
    return (pixel / 255 - (mean[channel] as number)) / (standardDeviation[channel] as number);
  });
}

function resized(
  images: Float32Array,
  { height, width }: SearchDataset,
  side: number,
): Float32Array {
  if (height === side && width === side) return images;
  const [rows, columns] = [
    resamplingMatrix(height, side, 'bilinear'),
    resamplingMatrix(width, side, 'bilinear'),
  ];
  const planes = images.length / (height * width);
  const out = new Float32Array(planes * side * side);
  const wide = new Float64Array(height * side);
  for (let plane = 0; plane < planes; plane++) {
    const image = images.subarray(plane * height * width, (plane + 1) * height * width);
    multiply(image, columns, wide, height, width, side);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        let sum = 0;
        for (let from = 0; from < height; from++) {
          sum += (rows[y * height + from] as number) * (wide[from * side + x] as number);
        }
        out[(plane * side + y) * side + x] = sum;
      }
    }
  }
  return out;
}

/** wide [height, side] = image [height, width] · columnsᵀ. */
function multiply(
  image: Float32Array,
  columns: Float64Array,
  wide: Float64Array,
  height: number,
  width: number,
  side: number,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let from = 0; from < width; from++) {
        sum += (image[y * width + from] as number) * (columns[x * width + from] as number);
      }
      wide[y * side + x] = sum;
    }
  }
}
