/** @file Tensors for tests: seeded values, float32 feeds in stored order, and comparison with a scale. */
import type { Rng } from '@sextant/common';
import { sizeOf, type Float64Tensor } from '../src/graph/float64-tensor';
import type { FeatureOrder } from '../src/graph/emitter';
import type { TensorType } from '../src/graph/value';
import type { Tensor } from '../src/runtime/session';

/** Standard normal values of the given dims. */
export const normalTensor = (dims: readonly number[], rng: Rng): Float64Tensor => ({
  dims,
  data: Float64Array.from({ length: sizeOf(dims) }, () => rng.normal()),
});

/** Swaps the first two axes of a rank-4 tensor. */
export function swapBatchAndChannels({ dims, data }: Float64Tensor): Float64Tensor {
  const [a = 0, b = 0, h = 0, w = 0] = dims;
  const plane = h * w;
  const out = new Float64Array(data.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const from = (i * b + j) * plane;
      out.set(data.subarray(from, from + plane), (j * a + i) * plane);
    }
  }
  return { dims: [b, a, h, w], data: out };
}

const isStoredSwapped = (type: TensorType, order: FeatureOrder): boolean =>
  type.layout === 'feature' && order === 'CNHW';

/** A float64 tensor as ONNX Runtime is fed it. */
export function toFeed(x: Float64Tensor, type: TensorType, order: FeatureOrder): Tensor {
  const { dims, data } = isStoredSwapped(type, order) ? swapBatchAndChannels(x) : x;
  switch (type.dtype) {
    case 'float32':
      return { dims, data: Float32Array.from(data) };
    case 'int64':
      return { dims, data: BigInt64Array.from([...data].map(BigInt)) };
    case 'uint8':
      return { dims, data: Uint8Array.from(data) };
  }
}

/** What ONNX Runtime returned, in logical order. */
export function fromResult(result: Tensor, type: TensorType, order: FeatureOrder): Float64Tensor {
  const x = { dims: result.dims, data: Float64Array.from(result.data as Float32Array) };
  return isStoredSwapped(type, order) ? swapBatchAndChannels(x) : x;
}

/** Largest |a − b| over the largest |b| (or `floor` where b vanishes): 0 means equal. */
export function relativeError(a: Float64Tensor, b: Float64Tensor, floor = 1e-6): number {
  if (a.dims.join() !== b.dims.join()) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = floor;
  b.data.forEach((value, at) => {
    const gap = Math.abs(value - (a.data[at] as number));
    difference = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(difference, gap);
    scale = Math.max(scale, Math.abs(value));
  });
  return difference / scale;
}
