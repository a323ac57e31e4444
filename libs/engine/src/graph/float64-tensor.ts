/** @file A dense row-major float64 tensor: the reference's number type. Logical order, so [N,C,H,W] for features. */

export interface Float64Tensor {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export const zerosOf = (dims: readonly number[]): Float64Tensor => ({
  dims,
  data: new Float64Array(sizeOf(dims)),
});

export const mapTensor = (x: Float64Tensor, f: (value: number, at: number) => number) => ({
  dims: x.dims,
  data: x.data.map(f),
});

/** Row-major offset of `index`. */
export function offsetOf(dims: readonly number[], index: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    offset = offset * (dims[axis] as number) + (index[axis] as number);
  }
  return offset;
}

/** Calls `visit` with every index of `dims`, row-major; the array is reused. */
export function forEachIndex(
  dims: readonly number[],
  visit: (index: readonly number[], at: number) => void,
): void {
  const index = dims.map(() => 0);
  const total = sizeOf(dims);
  for (let at = 0; at < total; at++) {
    visit(index, at);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      index[axis] = next === dims[axis] ? 0 : next;
      if (next !== dims[axis]) break;
    }
  }
}
