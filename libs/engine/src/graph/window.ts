/** @file Windows that slide over a map: sizes along one axis, and every place where a window meets a pixel. */
import { ShapeError } from '@sextant/common';
import { addDims, choicesOf, dimKey, floorDivDims, subDims, type Dim } from './dims';

/** [along height, along width]. */
export type Pair = readonly [number, number];

/** Window size, step, gap between taps, and zeros before and after, along height and width. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** [top, left, bottom, right]. */
  readonly padding: readonly [number, number, number, number];
}

/** What a window spans, with its gaps: (k − 1)·dilation + 1. */
const spanOf = ({ kernel, dilation }: Window, axis: 0 | 1): number =>
  (kernel[axis] - 1) * dilation[axis] + 1;

/** Whole, at least `least`. @throws {ShapeError} */
function requireInteger(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ShapeError(`${what} is ${value}, expected an integer of at least ${least}`);
  }
}

/** @throws {ShapeError} a size, step or gap is below 1, or a padding negative */
export function requireWindow({ kernel, stride, dilation, padding }: Window): void {
  for (const size of kernel) requireInteger('kernel', size, 1);
  for (const step of stride) requireInteger('stride', step, 1);
  for (const gap of dilation) requireInteger('dilation', gap, 1);
  for (const zeros of padding) requireInteger('padding', zeros, 0);
}

/** ⌊(size + padding − span)/stride⌋ + 1. @throws {ShapeError} the window is larger than the padded map */
export function windowCount(size: Dim, window: Window, axis: 0 | 1): Dim {
  const around = window.padding[axis] + window.padding[axis === 0 ? 2 : 3];
  const span = spanOf(window, axis);
  const smallest = choicesOf(size)?.[0];
  if (smallest !== undefined && smallest + around < span) {
    throw new ShapeError(`a window of ${span} does not fit ${dimKey(size)} + ${around} of padding`);
  }
  const stride = window.stride[axis];
  if (around - span + stride >= 0) {
    return floorDivDims(addDims(size, around - span + stride), stride);
  }
  return floorDivDims(subDims(size, span - stride - around), stride);
}

/** Visits (row of the output, tap, row of the input) along one axis, wherever the tap meets the map. */
function meetings(size: number, window: Window, axis: 0 | 1): [number, number, number][] {
  const { kernel, stride, dilation, padding } = window;
  const outputs = windowCount(size, window, axis) as number;
  return Array.from({ length: outputs }, (_, out) =>
    Array.from({ length: kernel[axis] }, (_, tap): [number, number, number] => [
      out,
      tap,
      out * stride[axis] + tap * dilation[axis] - padding[axis],
    ]),
  )
    .flat()
    .filter(([, , at]) => at >= 0 && at < size);
}

/** Calls `visit` with the offsets of input pixel, tap and output pixel within their planes. */
export function forEachTap(
  height: number,
  width: number,
  window: Window,
  visit: (pixel: number, tap: number, output: number) => void,
): void {
  const outputColumns = windowCount(width, window, 1) as number;
  const columns = meetings(width, window, 1);
  for (const [i, u, row] of meetings(height, window, 0)) {
    for (const [j, v, column] of columns) {
      visit(row * width + column, u * window.kernel[1] + v, i * outputColumns + j);
    }
  }
}
