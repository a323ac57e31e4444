/** @file Shape rules and the direct float64 loops that dense and depthwise convolution share. */
import { ShapeError } from '@sextant/common';
import { ceilDivDims, choicesOf, dimKey, type Dim } from '../graph/dims';
import type { Float64Tensor } from '../graph/float64-tensor';

/** Odd kernels, padded by ⌊k/2⌋ on every side: the output is ⌈H/stride⌉. @throws {ShapeError} k even */
export function outputSize(size: Dim, kernel: Dim, stride: number): Dim {
  if (choicesOf(kernel)?.some((k) => k % 2 === 0) ?? true) {
    throw new ShapeError(`kernel ${dimKey(kernel)} must be odd`);
  }
  if (!Number.isInteger(stride) || stride < 1) {
    throw new ShapeError(`stride ${stride} must be a positive integer`);
  }
  return ceilDivDims(size, stride);
}

/** The sizes one direct convolution loops over. */
export interface LoopSizes {
  readonly n: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly h: number;
  readonly w: number;
  readonly kernel: number;
  readonly stride: number;
  readonly depthwise: boolean;
}

/**
 * Visits every multiply of a convolution with the offsets of its x, w and y element, row-major
 * ([N,Ci,H,W], [Co,Ci/groups,k,k], [N,Co,Ho,Wo]). Forward and both gradients are the same walk.
 */
export function forEachMultiply(
  sizes: LoopSizes,
  visit: (x: number, w: number, y: number) => void,
): void {
  const { n, inChannels, outChannels, h, w, kernel, stride, depthwise } = sizes;
  const pad = kernel >> 1;
  const [ho, wo] = [Math.ceil(h / stride), Math.ceil(w / stride)];
  for (let image = 0; image < n; image++) {
    for (let co = 0; co < outChannels; co++) {
      const sources = depthwise ? [co] : Array.from({ length: inChannels }, (_, c) => c);
      sources.forEach((ci, slot) => {
        const slots = sources.length;
        for (let i = 0; i < ho; i++) {
          for (let j = 0; j < wo; j++) {
            const y = ((image * outChannels + co) * ho + i) * wo + j;
            for (let u = 0; u < kernel; u++) {
              const row = i * stride + u - pad;
              if (row < 0 || row >= h) continue;
              for (let v = 0; v < kernel; v++) {
                const column = j * stride + v - pad;
                if (column < 0 || column >= w) continue;
                const x = ((image * inChannels + ci) * h + row) * w + column;
                visit(x, ((co * slots + slot) * kernel + u) * kernel + v, y);
              }
            }
          }
        }
      });
    }
  }
}

/** Adds `a·b` into `out`. */
export const accumulate = (out: Float64Tensor, at: number, a: number, b: number): void => {
  out.data[at] = (out.data[at] as number) + a * b;
};
