/** @file The largest number a run-time size can stand for, and the bytes of a tensor of such sizes. */
import { ShapeError } from '@sextant/common';
import { choicesOf, type Dim, type SymbolicDim } from './dims';
import type { DType, TensorType } from './value';

/** Sizes of axes that only a caller knows, by the size's key (`axisDim`). */
export type AxisSizes = Readonly<Record<string, number>>;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

function boundsOf(dim: Dim, axes: AxisSizes): Bounds {
  const choices = choicesOf(dim);
  if (choices) return { least: choices[0] as number, most: choices.at(-1) as number };
  return boundsOfExpression(dim as SymbolicDim, axes);
}

function boundsOfExpression(dim: SymbolicDim, axes: AxisSizes): Bounds {
  if (dim.kind === 'element' || dim.kind === 'axis') {
    const size = axes[dim.key];
    if (size === undefined) throw new ShapeError(`size ${dim.key} has no known upper bound`);
    return { least: size, most: size };
  }
  const [a, b] = [boundsOf(dim.left, axes), boundsOf(dim.right, axes)];
  switch (dim.kind) {
    case 'add':
      return { least: a.least + b.least, most: a.most + b.most };
    case 'sub':
      return { least: Math.max(0, a.least - b.most), most: a.most - b.least };
    case 'mul':
      return { least: a.least * b.least, most: a.most * b.most };
    case 'floorDiv':
      return { least: Math.floor(a.least / b.most), most: Math.floor(a.most / b.least) };
    case 'min':
      return { least: Math.min(a.least, b.least), most: Math.min(a.most, b.most) };
  }
}

/**
 * An upper bound of a size ≥ 0: interval arithmetic over its choices, so sizes that depend on each other may be bounded
 * higher than they get.
 * @throws {ShapeError} an axis whose size is neither known nor given
 */
export const largestSize = (dim: Dim, axes: AxisSizes = {}): number => boundsOf(dim, axes).most;

const bytesPerElement: Readonly<Record<DType, number>> = { float32: 4, int64: 8, uint8: 1 };

/** Bytes of a tensor at its largest sizes, feature maps with their channels rounded up to blocks of `blockChannels`. */
export function largestBytes(
  { dtype, dims, layout }: TensorType,
  axes: AxisSizes,
  blockChannels: number | null,
): number {
  return dims.reduce<number>((bytes, dim, axis) => {
    const size = largestSize(dim, axes);
    const block = layout === 'feature' && axis === 1 ? (blockChannels ?? 1) : 1;
    return bytes * Math.ceil(size / block) * block;
  }, bytesPerElement[dtype]);
}
