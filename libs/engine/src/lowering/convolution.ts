/** @file Dense convolution as ONNX: one GEMM for 1×1 on channels-first maps, else Conv and ConvTranspose. */
import { sameDims, type Dim } from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import type { OpNode } from '../graph/op';
import type { Value } from '../graph/value';

type Dims4 = readonly [Dim, Dim, Dim, Dim];
const dimsOf = (value: Value | undefined): Dims4 => value?.type.dims as Dims4;

const squarePads = (pad: number) => ({ ints: [pad, pad, pad, pad] });

const swapFirstAxes = (emitter: Emitter, x: string): string =>
  emitter.node('Transpose', [x], { attributes: { perm: { ints: [1, 0, 2, 3] } } });

const isChannelsFirst = (emitter: Emitter): boolean => emitter.lowering.featureOrder === 'CNHW';

/** A feature map as [N,C,H,W], whatever its stored order; and the same move back. */
const batchFirst = (emitter: Emitter, x: string): string =>
  isChannelsFirst(emitter) ? swapFirstAxes(emitter, x) : x;

/** A feature map as [C,N,H,W]. */
const channelsFirst = (emitter: Emitter, x: string): string =>
  isChannelsFirst(emitter) ? x : swapFirstAxes(emitter, x);

/** [C, N·H·W] of a map stored channels-first. */
const asMatrix = (emitter: Emitter, x: string, channels: Dim): string =>
  emitter.node('Reshape', [x, emitter.sizes([channels, -1])]);

const gemm = (emitter: Emitter, a: string, b: string, transA: boolean, transB: boolean): string =>
  emitter.node('Gemm', [a, b], {
    attributes: { transA: { int: Number(transA) }, transB: { int: Number(transB) } },
  });

const isPointwise = (weight: Dims4, stride: number): boolean => weight[2] === 1 && stride === 1;

export function emitConv(
  emitter: Emitter,
  { inputs, outputs, attributes: { stride } }: OpNode<{ stride: number }>,
  [x = '', w = '', bias]: readonly string[],
): string {
  const [co, ci, kernel] = dimsOf(inputs[1]);
  if (!bias && isChannelsFirst(emitter) && isPointwise(dimsOf(inputs[1]), stride)) {
    const [n, , h, width] = dimsOf(outputs[0]);
    const matrix = emitter.node('Reshape', [w, emitter.sizes([co, ci])]);
    const y = gemm(emitter, matrix, asMatrix(emitter, x, ci), false, false);
    return emitter.node('Reshape', [y, emitter.sizes([co, n, h, width])]);
  }
  const y = emitter.node('Conv', [batchFirst(emitter, x), w, ...(bias ? [bias] : [])], {
    attributes: {
      kernel_shape: { ints: [kernel as number, kernel as number] },
      strides: { ints: [stride, stride] },
      pads: squarePads((kernel as number) >> 1),
    },
  });
  return batchFirst(emitter, y);
}

export function emitConvInputGradient(
  emitter: Emitter,
  { inputs, outputs, attributes: { stride } }: OpNode<{ stride: number }>,
  [dY = '', w = '']: readonly string[],
): string {
  const [co, ci, kernel] = dimsOf(inputs[1]);
  const [n, , h, width] = dimsOf(outputs[0]);
  if (isChannelsFirst(emitter) && isPointwise(dimsOf(inputs[1]), stride)) {
    const matrix = emitter.node('Reshape', [w, emitter.sizes([co, ci])]);
    const dX = gemm(emitter, matrix, asMatrix(emitter, dY, co), true, false);
    return emitter.node('Reshape', [dX, emitter.sizes([ci, n, h, width])]);
  }
  const k = kernel as number;
  const full = emitter.node('ConvTranspose', [batchFirst(emitter, dY), w], {
    attributes: {
      kernel_shape: { ints: [k, k] },
      strides: { ints: [stride, stride] },
      pads: squarePads(k >> 1),
      output_padding: { ints: [stride - 1, stride - 1] },
    },
  });
  // The transposed convolution yields ⌈H/stride⌉·stride rows; H may be fewer.
  const cut =
    stride === 1
      ? full
      : emitter.node('Slice', [
          full,
          emitter.ints([0, 0]),
          emitter.sizes([h, width]),
          emitter.ints([2, 3]),
        ]);
  return batchFirst(emitter, cut);
}

/** dW as a convolution of x by dY, batch and channels swapped: the kernel is dY, dilated by the stride. */
export function emitConvWeightGradient(
  emitter: Emitter,
  { inputs, outputs, attributes: { stride, kernel } }: OpNode<{ stride: number; kernel: number }>,
  [x = '', dY = '']: readonly string[],
): string {
  const [co, ci] = dimsOf(outputs[0]);
  if (isChannelsFirst(emitter) && kernel === 1 && stride === 1) {
    const dW = gemm(emitter, asMatrix(emitter, dY, co), asMatrix(emitter, x, ci), false, true);
    return emitter.node('Reshape', [dW, emitter.sizes([co, ci, 1, 1])]);
  }
  const all = emitter.node('Conv', [channelsFirst(emitter, x), channelsFirst(emitter, dY)], {
    attributes: { dilations: { ints: [stride, stride] }, pads: squarePads(kernel >> 1) },
  });
  const [, , h, width] = dimsOf(inputs[0]);
  const [, , ho, wo] = dimsOf(inputs[1]);
  const exact = stride === 1 && sameDims([h, width], [ho, wo]);
  // A size that stride does not divide leaves up to stride − 1 taps too many at the end.
  const cut = exact
    ? all
    : emitter.node('Slice', [
        all,
        emitter.ints([0, 0]),
        emitter.ints([kernel, kernel]),
        emitter.ints([2, 3]),
      ]);
  return swapFirstAxes(emitter, cut);
}
