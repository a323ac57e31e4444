/** @file Random numbers in place of images. */
import type { Rng } from '@sextant/common';
import type { Tensor } from '@sextant/engine';
import type { ImageSize } from '../network/network-family';

/** N(0,1), [count,C,H,W]. */
export function gaussianImages(draw: Rng, count: number, image: ImageSize): Tensor {
  const dims = [count, image.channels, image.height, image.width];
  const length = dims.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length }, () => draw.normal()), dims };
}
