/** @file Dense convolution and its two adjoints: each is bilinear, and the three are each other's gradients. */
import { ShapeError } from '@sextant/common';
import { dimsKey, type Dim } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import { feature, plain, type TensorType, type Value } from '../graph/value';
import { emitConv, emitConvInputGradient, emitConvWeightGradient } from '../lowering/convolution';
import {
  emitBlockedConv,
  emitBlockedConvInputGradient,
  emitBlockedConvWeightGradient,
} from '../lowering/blocked-convolution';
import { sumChannels } from './channels';
import { accumulate, forEachMultiply, outputSize, type LoopSizes } from './convolution-shapes';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { generalConv2d, type Conv2dOptions } from './general-conv2d';

interface Stride {
  readonly stride: number;
}
type InputSize = Stride & { readonly h: Dim; readonly w: Dim };
type WeightSize = Stride & { readonly kernel: number };

/** [Co, Ci, k] of a weight. */
function weightDims(type: TensorType): readonly [Dim, Dim, number] {
  const [co, ci, k, k2] = type.dims;
  if (type.dims.length !== 4 || typeof k !== 'number' || k !== k2) {
    throw new ShapeError(`a weight is [Co,Ci,k,k] with k known, got [${dimsKey(type.dims)}]`);
  }
  return [co as Dim, ci as Dim, k];
}

const loops = (
  x: readonly number[],
  outChannels: number,
  kernel: number,
  stride: number,
): LoopSizes => {
  const [n = 0, inChannels = 0, h = 0, w = 0] = x;
  return { n, inChannels, outChannels, h, w, kernel, stride, depthwise: false };
};

export const conv2dOp = defineOp<Stride>({
  name: 'conv2d',
  infer(types, { stride }) {
    const [n, c, h, w] = featureDims(typeAt(types, 0));
    const [co, ci, kernel] = weightDims(typeAt(types, 1));
    requireDim('input channels', ci, c);
    if (types[2]) requireDim('bias', types[2].dims[0], co);
    return [feature([n, co, outputSize(h, kernel, stride), outputSize(w, kernel, stride)])];
  },
  gradient({ inputs: [x, w, bias], attributes: { stride } }, [d]) {
    if (!x || !w || !d) return [];
    const gradients = [convInputGradient(d, w, x, stride), convWeightGradient(x, d, w, stride)];
    return bias ? [...gradients, sumChannels(d)] : gradients;
  },
  reference([x, w, bias], { stride }) {
    if (!x || !w) return [];
    const [co = 0, , kernel = 1] = w.dims;
    const [n = 0, , h = 0, width = 0] = x.dims;
    const y = zerosOf([n, co, Math.ceil(h / stride), Math.ceil(width / stride)]);
    const plane = (y.dims[2] as number) * (y.dims[3] as number);
    if (bias) {
      y.data.forEach((_, at) => (y.data[at] = bias.data[Math.floor(at / plane) % co] as number));
    }
    forEachMultiply(loops(x.dims, co, kernel, stride), (i, j, k) =>
      accumulate(y, k, x.data[i] as number, w.data[j] as number),
    );
    return [y];
  },
  emit: (emitter, node, inputs) => [emitConv(emitter, node, inputs)],
  emitBlocked: emitBlockedConv,
});

export const convInputGradientOp = defineOp<InputSize>({
  name: 'convInputGradient',
  infer(types, { h, w }) {
    const [n, c] = featureDims(typeAt(types, 0));
    const [co, ci] = weightDims(typeAt(types, 1));
    requireDim('output channels', co, c);
    return [feature([n, ci, h, w])];
  },
  gradient({ inputs: [dY, w], attributes: { stride } }, [d]) {
    if (!dY || !w || !d) return [];
    return [conv2d(d, w, stride), convWeightGradient(d, dY, w, stride)];
  },
  reference([dY, w], { stride, h, w: width }, size) {
    if (!dY || !w) return [];
    const [co = 0, ci = 0, kernel = 1] = w.dims;
    const dX = zerosOf([dY.dims[0] as number, ci, size(h), size(width)]);
    forEachMultiply(loops(dX.dims, co, kernel, stride), (i, j, k) =>
      accumulate(dX, i, dY.data[k] as number, w.data[j] as number),
    );
    return [dX];
  },
  emit: (emitter, node, inputs) => [emitConvInputGradient(emitter, node, inputs)],
  emitBlocked: emitBlockedConvInputGradient,
});

export const convWeightGradientOp = defineOp<WeightSize>({
  name: 'convWeightGradient',
  infer(types, { kernel }) {
    const [, ci] = featureDims(typeAt(types, 0));
    const [, co] = featureDims(typeAt(types, 1));
    return [plain([co, ci, kernel, kernel])];
  },
  gradient({ inputs: [x, dY], attributes: { stride } }, [d]) {
    if (!x || !dY || !d) return [];
    return [convInputGradient(dY, d, x, stride), conv2d(x, d, stride)];
  },
  reference([x, dY], { stride, kernel }) {
    if (!x || !dY) return [];
    const [co = 0, ci = 0] = [dY.dims[1], x.dims[1]];
    const dW = zerosOf([co, ci, kernel, kernel]);
    forEachMultiply(loops(x.dims, co, kernel, stride), (i, j, k) =>
      accumulate(dW, j, x.data[i] as number, dY.data[k] as number),
    );
    return [dW];
  },
  emit: (emitter, node, inputs) => [emitConvWeightGradient(emitter, node, inputs)],
  emitBlocked: emitBlockedConvWeightGradient,
});

/**
 * y[n,o,i,j] = bias[o] + Σ_{c,u,v} w[o,c,u,v]·x[n,c, i·stride+u−p, j·stride+v−p], p = ⌊k/2⌋, zeros outside.
 * Shapes: x [N,Ci,H,W], w [Co,Ci,k,k] (k odd), bias [Co] → y [N,Co,⌈H/stride⌉,⌈W/stride⌉].
 * With `Conv2dOptions` in place of the stride: any kernel, strides, dilations d (taps at u·d), padding on four sides,
 * and groups (w [Co,Ci/groups,kh,kw], known); y is then ⌊(H + padding − (kh−1)·d − 1)/stride⌋ + 1 high.
 * @throws {ShapeError} channels differ, k is even (without options) or known only at run time, or the window does not fit
 */
export function conv2d(x: Value, w: Value, how: number | Conv2dOptions = 1, bias?: Value): Value {
  if (typeof how === 'object') return generalConv2d(x, w, bias ? { ...how, bias } : how);
  return apply(conv2dOp, bias ? [x, w, bias] : [x, w], { stride: how });
}

/** Adjoint of conv2d in x: dY [N,Co,Ho,Wo] → dX of `like`'s [N,Ci,H,W]. */
export function convInputGradient(dY: Value, w: Value, like: Value, stride: number): Value {
  const [, , h, width] = featureDims(like.type);
  return apply(convInputGradientOp, [dY, w], { stride, h, w: width });
}

/** Adjoint of conv2d in w: dW of `like`'s [Co,Ci,k,k]. */
export function convWeightGradient(x: Value, dY: Value, like: Value, stride: number): Value {
  return apply(convWeightGradientOp, [x, dY], { stride, kernel: weightDims(like.type)[2] });
}
