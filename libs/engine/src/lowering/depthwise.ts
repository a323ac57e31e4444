/**
 * @file Depthwise convolution as ONNX. ONNX fixes `group` when the graph is built, so run-time channels are either the
 * batch axis of a matrix product with a banded (Toeplitz) matrix per channel, or one of several static branches.
 */
import {
  addDims,
  choicesOf,
  dimsKey,
  floorDivDims,
  isStatic,
  maxDim,
  minDims,
  mulDims,
  sameDims,
  subDims,
  type Dim,
} from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import type { OpNode } from '../graph/op';
import type { Value } from '../graph/value';

import {
  pairForward,
  pairInputGradient,
  pairsApply,
  pairWeightGradient,
  type PairShape as Shape,
} from './depthwise-pairs';

type Dims4 = readonly [Dim, Dim, Dim, Dim];
const dimsOf = (value: Value | undefined): Dims4 => value?.type.dims as Dims4;

const shapeOf = (x: Value, y: Value, kernel: Dim, stride: number): Shape => {
  const [n, c, h, w] = dimsOf(x);
  const [, , ho, wo] = dimsOf(y);
  return { n, c, h, w, ho, wo, kernel, stride };
};

const reshape = (emitter: Emitter, x: string, dims: readonly Dim[]): string =>
  emitter.node('Reshape', [x, emitter.sizes(dims)]);

const transpose = (emitter: Emitter, x: string, perm: readonly number[]): string =>
  emitter.node('Transpose', [x], { attributes: { perm: { ints: perm } } });

/** Batched product with an operand read transposed, without a copy. */
const fusedMatMul = (
  emitter: Emitter,
  a: string,
  b: string,
  transposes: { readonly a?: boolean; readonly b?: boolean },
): string =>
  emitter.node('FusedMatMul', [a, b], {
    domain: 'com.microsoft',
    attributes: {
      transA: { int: Number(transposes.a ?? false) },
      transB: { int: Number(transposes.b ?? false) },
      alpha: { float: 1 },
    },
  });

/** One axis of a convolution: sizes before and after, kernel, stride. */
interface Axis {
  readonly from: Dim;
  readonly to: Dim;
  readonly kernel: Dim;
  readonly stride: number;
}

const columnsOf = ({ w, wo, kernel, stride }: Shape): Axis => ({ from: w, to: wo, kernel, stride });
const rowsOf = ({ h, ho, kernel, stride }: Shape): Axis => ({ from: h, to: ho, kernel, stride });

const axisKey = ({ from, to, kernel, stride }: Axis): string =>
  `band ${dimsKey([from, to, kernel])} /${stride}`;

/** B[v, (i, j)] = 1 where i = j·stride + v − ⌊k/2⌋: a convolution along one axis as a matrix. Shape [k, from·to]. */
function band(emitter: Emitter, axis: Axis): string {
  const sizes = [axis.kernel, axis.from, axis.to];
  if (isStatic(sizes)) {
    return emitter.shared(axisKey(axis), (shared) =>
      staticBand(shared, sizes as unknown as [number, number, number], axis.stride),
    );
  }
  return emitter.shared(axisKey(axis), (shared) => runTimeBand(shared, axis));
}

function runTimeBand(emitter: Emitter, { from, to, kernel, stride }: Axis): string {
  const scalar = (vector: string): string => emitter.node('Squeeze', [vector]);
  const range = (size: Dim, dims: readonly number[]): string => {
    const bounds = [emitter.ints([0]), emitter.sizes([size]), emitter.ints([1])].map(scalar);
    return emitter.node('Reshape', [emitter.node('Range', bounds), emitter.ints(dims)]);
  };
  const source = emitter.node('Add', [
    range(from, [1, -1, 1]),
    emitter.sizes([floorDivDims(kernel, 2)]),
  ]);
  const target = emitter.node('Mul', [range(to, [1, 1, -1]), emitter.ints([stride])]);
  const tap = emitter.node('Add', [target, range(kernel, [-1, 1, 1])]);
  const ones = emitter.node('Cast', [emitter.node('Equal', [source, tap])], {
    attributes: { to: { int: 1 } },
  });
  return reshape(emitter, ones, [kernel, -1]);
}

function staticBand(
  emitter: Emitter,
  [kernel, w, wo]: readonly [number, number, number],
  stride: number,
): string {
  const data = new Float32Array(kernel * w * wo);
  for (let v = 0; v < kernel; v++) {
    for (let j = 0; j < wo; j++) {
      const column = j * stride + v - (kernel >> 1);
      if (column >= 0 && column < w) data[(v * w + column) * wo + j] = 1;
    }
  }
  return emitter.floats(data, [kernel, w * wo]);
}

/**
 * The k row-shifted copies of x side by side: [C, N·Ho, k·W]. Taps beyond a smaller run-time kernel are empty slices,
 * so cost follows the kernel that is active.
 */
function shiftedRows(emitter: Emitter, x: string, shape: Shape): string {
  const { n, c, w, ho, kernel, stride } = shape;
  const largest = maxDim(kernel);
  const smallest = choicesOf(kernel)?.[0] ?? 1;
  const pad = largest >> 1;
  const padded = emitter.node('Pad', [x, emitter.ints([0, 0, pad, 0, 0, 0, pad, 0])]);
  const last = mulDims(subDims(ho, 1), stride);
  const copies = Array.from({ length: largest }, (_, u) => {
    const reach = 2 * Math.abs(u - pad) + 1;
    const active = reach <= smallest ? w : mulDims(w, minDims(1, floorDivDims(kernel, reach)));
    return emitter.node('Slice', [
      padded,
      emitter.ints([u, 0]),
      emitter.sizes([addDims(last, u + 1), active]),
      emitter.ints([2, 3]),
      emitter.ints([stride, 1]),
    ]);
  });
  const rows = emitter.node('Concat', copies, { attributes: { axis: { int: 3 } } });
  return reshape(emitter, rows, [c, mulDims(n, ho), mulDims(kernel, w)]);
}

/** The weight of every channel spread along the band: [C, k·W, Wo]. */
function toeplitz(emitter: Emitter, weight: string, shape: Shape): string {
  const { c, w, wo, kernel } = shape;
  const rows = reshape(emitter, weight, [mulDims(c, kernel), kernel]);
  const spread = emitter.node('MatMul', [rows, band(emitter, columnsOf(shape))]);
  return reshape(emitter, spread, [c, mulDims(kernel, w), wo]);
}

function toeplitzForward(emitter: Emitter, x: string, weight: string, shape: Shape): string {
  const { n, c, ho, wo } = shape;
  const rows = shiftedRows(emitter, x, shape);
  const y = emitter.node('MatMul', [rows, toeplitz(emitter, weight, shape)]);
  return reshape(emitter, y, [c, n, ho, wo]);
}

function toeplitzWeightGradient(emitter: Emitter, x: string, dY: string, shape: Shape): string {
  const { n, c, w, ho, wo, kernel } = shape;
  const rows = shiftedRows(emitter, x, shape);
  const columns = reshape(emitter, dY, [c, mulDims(n, ho), wo]);
  const product = fusedMatMul(emitter, columns, rows, { a: true });
  const split = reshape(emitter, product, [c, wo, kernel, w]);
  const taps = reshape(emitter, transpose(emitter, split, [0, 2, 3, 1]), [mulDims(c, kernel), -1]);
  const dW = fusedMatMul(emitter, taps, band(emitter, columnsOf(shape)), { b: true });
  return reshape(emitter, dW, [c, 1, kernel, kernel]);
}

/** w rotated by 180° in space. */
const rotated = (emitter: Emitter, weight: string): string =>
  emitter.node('Slice', [
    weight,
    emitter.ints([-1, -1]),
    emitter.ints([-1_000_000, -1_000_000]),
    emitter.ints([2, 3]),
    emitter.ints([-1, -1]),
  ]);

/** stride − 1 zeros after every row and column of dY, cut to the input's H×W. */
function withZerosBetween(emitter: Emitter, dY: string, shape: Shape): string {
  const { n, c, h, w, ho, wo, stride } = shape;
  if (stride === 1) return dY;
  const cells = reshape(emitter, dY, [mulDims(c, n), ho, 1, wo, 1]);
  const gap = stride - 1;
  const padded = emitter.node('Pad', [cells, emitter.ints([0, 0, 0, 0, 0, 0, 0, gap, 0, gap])]);
  const [rows, columns] = [mulDims(ho, stride), mulDims(wo, stride)];
  const spread = reshape(emitter, padded, [c, n, rows, columns]);
  if (sameDims([rows, columns], [h, w])) return spread;
  return emitter.node('Slice', [
    spread,
    emitter.ints([0, 0]),
    emitter.sizes([h, w]),
    emitter.ints([2, 3]),
  ]);
}

/** Stride-1 view of a shape, as the input gradient convolves dY already spread to H×W. */
const unstrided = (shape: Shape): Shape => ({ ...shape, ho: shape.h, wo: shape.w, stride: 1 });

const nativeConv = (
  emitter: Emitter,
  inputs: readonly string[],
  channels: number,
  kernel: number,
  stride: number,
): string =>
  emitter.node('Conv', inputs, {
    attributes: {
      group: { int: channels },
      kernel_shape: { ints: [kernel, kernel] },
      strides: { ints: [stride, stride] },
      pads: { ints: Array.from({ length: 4 }, () => kernel >> 1) },
    },
  });

/** Largest map, in pixels, that is convolved by one matrix over all its pixels; measured in docs/engine.md. */
const wholeMapPixels = 200;

/** Largest map, in pixels, where that beats blocked kernels as well; measured in docs/engine.md. */
const tinyMapPixels = 64;

const isTiny = ({ h, w }: Shape): boolean =>
  [h, w].every((size) => choicesOf(size) !== null) && maxDim(h) * maxDim(w) <= tinyMapPixels;

const isWholeMap = ({ h, w }: Shape): boolean =>
  [h, w].every((size) => choicesOf(size) !== null) && maxDim(h) * maxDim(w) <= wholeMapPixels;

/** B[(u,v), (i,j), (p,q)]: which pixel meets which output pixel through which tap. Shape [k², HW·HoWo]. */
function pixelBand(emitter: Emitter, shape: Shape): string {
  const { h, w, ho, wo, kernel } = shape;
  const [rows, columns] = [rowsOf(shape), columnsOf(shape)];
  const [rowBand, columnBand] = [band(emitter, rows), band(emitter, columns)];
  return emitter.shared(`pixel ${axisKey(rows)} ${axisKey(columns)}`, (shared) => {
    const alongRows = reshape(shared, rowBand, [kernel, 1, h, 1, ho, 1]);
    const alongColumns = reshape(shared, columnBand, [1, kernel, 1, w, 1, wo]);
    const product = shared.node('Mul', [alongRows, alongColumns]);
    return reshape(shared, product, [mulDims(kernel, kernel), -1]);
  });
}

/** Each channel's convolution as one matrix over pixels: [C, HW, HoWo]. */
function pixelMatrix(emitter: Emitter, weight: string, shape: Shape): string {
  const { c, h, w, ho, wo, kernel } = shape;
  const taps = reshape(emitter, weight, [c, mulDims(kernel, kernel)]);
  const spread = emitter.node('MatMul', [taps, pixelBand(emitter, shape)]);
  return reshape(emitter, spread, [c, mulDims(h, w), mulDims(ho, wo)]);
}

/** [C, N, pixels] of a channels-first map. */
const asPixels = (emitter: Emitter, x: string, { c, n }: Shape): string =>
  reshape(emitter, x, [c, n, -1]);

function forward(emitter: Emitter, x: string, weight: string, shape: Shape): string {
  if (!isWholeMap(shape)) return toeplitzForward(emitter, x, weight, shape);
  const { c, n, ho, wo } = shape;
  const matrix = pixelMatrix(emitter, weight, shape);
  const y = emitter.node('MatMul', [asPixels(emitter, x, shape), matrix]);
  return reshape(emitter, y, [c, n, ho, wo]);
}

function inputGradient(emitter: Emitter, dY: string, weight: string, shape: Shape): string {
  if (!isWholeMap(shape)) {
    const spread = withZerosBetween(emitter, dY, shape);
    return toeplitzForward(emitter, spread, rotated(emitter, weight), unstrided(shape));
  }
  const { c, n, h, w } = shape;
  const matrix = pixelMatrix(emitter, weight, shape);
  const dX = fusedMatMul(emitter, asPixels(emitter, dY, shape), matrix, { b: true });
  return reshape(emitter, dX, [c, n, h, w]);
}

function weightGradient(emitter: Emitter, x: string, dY: string, shape: Shape): string {
  if (!isWholeMap(shape)) return toeplitzWeightGradient(emitter, x, dY, shape);
  const { c, kernel } = shape;
  const [pixels, outputs] = [asPixels(emitter, x, shape), asPixels(emitter, dY, shape)];
  const pairs = reshape(emitter, fusedMatMul(emitter, pixels, outputs, { a: true }), [c, -1]);
  const dW = fusedMatMul(emitter, pairs, pixelBand(emitter, shape), { b: true });
  return reshape(emitter, dW, [c, 1, kernel, kernel]);
}

/** Blocked kernels where there are some, except on maps so small that a matrix per channel is faster. */
const usesPairs = (emitter: Emitter, shape: Shape): boolean =>
  pairsApply(emitter, shape) && !isTiny(shape);

/** Batch-first maps only occur with known channels, where ONNX's own grouped convolution is the fast path. */
function emitNative(
  emitter: Emitter,
  node: OpNode<{ stride: number }>,
  inputs: readonly string[],
): string {
  const [c, , kernel] = dimsOf(node.inputs[1]);
  return nativeConv(emitter, inputs, c as number, kernel as number, node.attributes.stride);
}

export function emitDepthwise(
  emitter: Emitter,
  node: OpNode<{ stride: number }>,
  inputs: readonly string[],
): string {
  if (emitter.lowering.featureOrder === 'NCHW') return emitNative(emitter, node, inputs);
  const [x = '', weight = '', bias] = inputs;
  const [, , kernel] = dimsOf(node.inputs[1]);
  const shape = shapeOf(
    node.inputs[0] as Value,
    node.outputs[0] as Value,
    kernel,
    node.attributes.stride,
  );
  const y = usesPairs(emitter, shape)
    ? pairForward(emitter, node.inputs[0] as Value, weight, shape)
    : forward(emitter, x, weight, shape);
  if (!bias) return y;
  return emitter.node('Add', [y, reshape(emitter, bias, [shape.c, 1, 1, 1])]);
}

/** Feature maps moved to channels-first for a formulation that needs it, and back. */
const channelsFirst = (emitter: Emitter, x: string): string =>
  emitter.lowering.featureOrder === 'CNHW' ? x : transpose(emitter, x, [1, 0, 2, 3]);

export function emitDepthwiseInputGradient(
  emitter: Emitter,
  node: OpNode<{ stride: number }>,
  [dY = '', weight = '']: readonly string[],
): string {
  const [, , kernel] = dimsOf(node.inputs[1]);
  const shape = shapeOf(
    node.outputs[0] as Value,
    node.inputs[0] as Value,
    kernel,
    node.attributes.stride,
  );
  if (usesPairs(emitter, shape)) {
    return pairInputGradient(emitter, node.inputs[0] as Value, weight, shape);
  }
  const dX = inputGradient(emitter, channelsFirst(emitter, dY), weight, shape);
  return channelsFirst(emitter, dX);
}

export function emitDepthwiseWeightGradient(
  emitter: Emitter,
  node: OpNode<{ stride: number; kernel: Dim }>,
  [x = '', dY = '']: readonly string[],
): string {
  const { stride, kernel } = node.attributes;
  const shape = shapeOf(node.inputs[0] as Value, node.inputs[1] as Value, kernel, stride);
  if (usesPairs(emitter, shape)) {
    const [xValue, dYValue] = node.inputs as readonly [Value, Value];
    return pairWeightGradient(emitter, xValue, dYValue, shape);
  }
  return weightGradient(emitter, channelsFirst(emitter, x), channelsFirst(emitter, dY), shape);
}
