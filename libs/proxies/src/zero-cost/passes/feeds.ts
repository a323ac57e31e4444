/** @file What passes are fed: images, one-hot labels, parameter vectors. */
import { ValidationError } from '@sextant/common';
import type { Tensor } from '@sextant/engine';
import type { ImageSize } from '../network/network-family';

/** Normalised images [N,C,H,W], row-major, and a class for each. */
export interface LabelledBatch {
  readonly images: Float32Array;
  readonly labels: ArrayLike<number>;
}

export interface BatchFeed {
  readonly images: Tensor;
  readonly labels: ArrayLike<number>;
  readonly size: number;
}

/** @throws {ValidationError} the pixels are not those of one image of the given size for each label */
export function batchFeed({ images, labels }: LabelledBatch, image: ImageSize): BatchFeed {
  const size = labels.length;
  const dims = [size, image.channels, image.height, image.width];
  const expected = dims.reduce((a, b) => a * b, 1);
  if (size === 0 || images.length !== expected) {
    throw new ValidationError(
      `a batch of ${size} images ${dims.slice(1).join('×')} has ${expected} numbers, not ${images.length}: give images of the network's size and a label for each`,
    );
  }
  return { images: { data: images, dims }, labels, size };
}

/** @throws {ValidationError} a label is not one of the classes */
export function oneHot(labels: ArrayLike<number>, classes: number): Tensor {
  const data = new Float32Array(labels.length * classes);
  for (let n = 0; n < labels.length; n++) {
    const label = labels[n] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ValidationError(`label ${label} of image ${n} is not a class 0..${classes - 1}`);
    }
    data[n * classes + label] = 1;
  }
  return { data, dims: [labels.length, classes] };
}

export const vectorFeed = (data: Float32Array): Tensor => ({ data, dims: [data.length] });
