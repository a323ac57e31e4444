/** @file Means over windows, and their adjoint. */
import { ShapeError } from '@sextant/common';
import { addDims, mulDims, type Dim } from '../graph/dims';
import { zerosOf, type Float64Tensor } from '../graph/float64-tensor';
import type { Emitter } from '../graph/emitter';
import type { Op } from '../graph/op';
import { feature, type Value } from '../graph/value';
import { batchFirst } from '../lowering/stored-order';
import { accumulate } from './convolution-shapes';
import { apply, defineOp, featureDims, typeAt } from './define-op';
import { forEachTap, requireWindow, windowCount, type Window } from '../graph/window';

interface Pooling extends Window {
  /** Divide by the whole window, or by the pixels that it has. */
  readonly countPadding: boolean;
}
type InputSize = Pooling & { readonly h: Dim; readonly w: Dim };

/** What each window is divided by. */
function divisors([h = 0, w = 0]: readonly number[], attributes: Pooling): Float64Array {
  const { kernel, countPadding } = attributes;
  const outputs =
    (windowCount(h, attributes, 0) as number) * (windowCount(w, attributes, 1) as number);
  const counts = new Float64Array(outputs);
  if (countPadding) return counts.fill(kernel[0] * kernel[1]);
  forEachTap(h, w, attributes, (_pixel, _tap, output) => {
    counts[output] = (counts[output] as number) + 1;
  });
  return counts;
}

/** Visits (input, output, 1/divisor) for every pixel of every window of every plane. */
function forEachShare(
  dims: readonly number[],
  attributes: Pooling,
  visit: (x: number, y: number, share: number) => void,
): void {
  const [n = 0, c = 0, h = 0, w = 0] = dims;
  const counts = divisors([h, w], attributes);
  for (let plane = 0; plane < n * c; plane++) {
    forEachTap(h, w, attributes, (pixel, _tap, output) =>
      visit(plane * h * w + pixel, plane * counts.length + output, 1 / (counts[output] as number)),
    );
  }
}

const inferPool = (attributes: Pooling, [n, c, h, w]: readonly [Dim, Dim, Dim, Dim]) =>
  feature([n, c, windowCount(h, attributes, 0), windowCount(w, attributes, 1)]);

const sized = (tensor: Float64Tensor, h: number, w: number): number[] => [
  tensor.dims[0] as number,
  tensor.dims[1] as number,
  h,
  w,
];

export const avgPool2dOp: Op<Pooling> = defineOp<Pooling>({
  name: 'avgPool2d',
  infer(types, attributes) {
    requireWindow(attributes);
    const { kernel, padding, countPadding } = attributes;
    const isEmpty = padding.some((zeros, side) => zeros >= (kernel[side % 2] as number));
    if (isEmpty && !countPadding) throw new ShapeError('padding must be less than the kernel');
    return [inferPool(attributes, featureDims(typeAt(types, 0)))];
  },
  gradient({ inputs: [x], attributes }, [d]) {
    if (!x || !d) return [null];
    const [, , h, w] = featureDims(x.type);
    return [apply(avgPool2dGradientOp, [d], { ...attributes, h, w })];
  },
  reference([x], attributes) {
    if (!x) return [];
    const [, , h = 0, w = 0] = x.dims;
    const out = zerosOf(
      sized(x, windowCount(h, attributes, 0) as number, windowCount(w, attributes, 1) as number),
    );
    forEachShare(x.dims, attributes, (i, k, share) =>
      accumulate(out, k, x.data[i] as number, share),
    );
    return [out];
  },
  emit(emitter, { attributes }, [x = '']) {
    const { kernel, stride, padding, countPadding } = attributes;
    const y = emitter.node('AveragePool', [batchFirst(emitter, x)], {
      attributes: {
        kernel_shape: { ints: kernel },
        strides: { ints: stride },
        pads: { ints: padding },
        count_include_pad: { int: Number(countPadding) },
      },
    });
    return [batchFirst(emitter, y)];
  },
});

const onesOf = (emitter: Emitter, [rows, columns]: Window['kernel']): string =>
  emitter.floats(new Float32Array(rows * columns).fill(1), [1, 1, rows, columns]);

/** The number of pixels in each window, [1,1,Ho,Wo], from a map of ones. */
function emitCounts(emitter: Emitter, { h, w, ...attributes }: InputSize): string {
  const { kernel, stride, padding } = attributes;
  const ones = emitter.node('Expand', [emitter.scalar(1), emitter.sizes([1, 1, h, w])]);
  return emitter.node('Conv', [ones, onesOf(emitter, kernel)], {
    attributes: { strides: { ints: stride }, pads: { ints: padding } },
  });
}

/** Every channel of every image is an image of one channel: the kernel of ones spreads each window's share. */
export const avgPool2dGradientOp: Op<InputSize> = defineOp<InputSize>({
  name: 'avgPool2dGradient',
  infer(types, { h, w }) {
    const [n, c] = featureDims(typeAt(types, 0));
    return [feature([n, c, h, w])];
  },
  gradient: ({ attributes }, [d]) => [d ? apply(avgPool2dOp, [d], attributes) : null],
  reference([dY], attributes, size) {
    if (!dY) return [];
    const out = zerosOf(sized(dY, size(attributes.h), size(attributes.w)));
    forEachShare(out.dims, attributes, (i, k, share) =>
      accumulate(out, i, dY.data[k] as number, share),
    );
    return [out];
  },
  emit(emitter, { inputs: [value], outputs: [output], attributes }, [dY = '']) {
    if (!value || !output) return [];
    const { kernel, stride, padding, countPadding, h, w } = attributes;
    const [n, c, ho, wo] = featureDims(value.type);
    const planes = emitter.node('Reshape', [
      batchFirst(emitter, dY),
      emitter.sizes([mulDims(n, c), 1, ho, wo]),
    ]);
    const share = countPadding
      ? emitter.node('Mul', [planes, emitter.scalar(1 / (kernel[0] * kernel[1]))])
      : emitter.node('Div', [planes, emitCounts(emitter, attributes)]);
    const whole = emitter.node('ConvTranspose', [share, onesOf(emitter, kernel)], {
      attributes: {
        strides: { ints: stride },
        output_padding: { ints: stride.map((step) => step - 1) },
      },
    });
    const [top, left] = padding;
    const cut = emitter.node('Slice', [
      whole,
      emitter.ints([top, left]),
      emitter.sizes([addDims(h, top), addDims(w, left)]),
      emitter.ints([2, 3]),
    ]);
    return [batchFirst(emitter, emitter.node('Reshape', [cut, emitter.sizes([n, c, h, w])]))];
  },
});

export interface PoolOptions {
  readonly kernel: number | Window['kernel'];
  /** By default the kernel's size: windows side by side. */
  readonly stride?: number | Window['stride'];
  /** Pixels on every side, or [top, left, bottom, right]. */
  readonly padding?: number | Window['padding'];
}

const pair = (value: number | Window['stride']): Window['stride'] =>
  typeof value === 'number' ? [value, value] : value;

/** Options of a pooling as a window. */
export function poolWindow({ kernel, stride = kernel, padding = 0 }: PoolOptions): Window {
  const sides =
    typeof padding === 'number' ? ([padding, padding, padding, padding] as const) : padding;
  return { kernel: pair(kernel), stride: pair(stride), dilation: [1, 1], padding: sides };
}

/**
 * out[n,c,i,j] = (1/M)·Σ of the kh × kw window at (i·stride − padding, j·stride − padding); M = kh·kw with
 * `countPadding`, else the number of its pixels inside the map (the default, as NAS-Bench-201 has it).
 * Shapes: x [N,C,H,W] → out [N,C,⌊(H + padding − kh)/stride⌋ + 1, …]; all sizes of x may be run-time.
 * @throws {ShapeError} a window has no pixel, does not fit, or its numbers are no positive integers
 */
export const avgPool2d = (
  x: Value,
  { countPadding = false, ...options }: PoolOptions & { readonly countPadding?: boolean },
): Value => apply(avgPool2dOp, [x], { ...poolWindow(options), countPadding });
