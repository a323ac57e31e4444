/** @file Depthwise convolution and its two adjoints. Kernel and channels may be known only at run time. */
import { ShapeError } from '@sextant/common';
import { dimsKey, sameDims, type Dim } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import { feature, plain, type TensorType, type Value } from '../graph/value';
import {
  emitDepthwise,
  emitDepthwiseInputGradient,
  emitDepthwiseWeightGradient,
} from '../lowering/depthwise';
import {
  emitBlockedDepthwise,
  emitBlockedDepthwiseInputGradient,
  emitBlockedDepthwiseWeightGradient,
} from '../lowering/blocked-convolution';
import { sumChannels } from './channels';
import { accumulate, forEachMultiply, outputSize, type LoopSizes } from './convolution-shapes';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';

interface Stride {
  readonly stride: number;
}
type InputSize = Stride & { readonly h: Dim; readonly w: Dim };
type WeightSize = Stride & { readonly kernel: Dim };

/** [C, k] of a weight [C,1,k,k]. */
function weightDims(type: TensorType): readonly [Dim, Dim] {
  const [c, one, k, k2] = type.dims;
  if (c === undefined || one !== 1 || !k || !k2 || !sameDims([k], [k2])) {
    throw new ShapeError(`a depthwise weight is [C,1,k,k], got [${dimsKey(type.dims)}]`);
  }
  return [c, k];
}

const loops = (x: readonly number[], kernel: number, stride: number): LoopSizes => {
  const [n = 0, c = 0, h = 0, w = 0] = x;
  return { n, inChannels: c, outChannels: c, h, w, kernel, stride, depthwise: true };
};

export const depthwiseConv2dOp = defineOp<Stride>({
  name: 'depthwiseConv2d',
  infer(types, { stride }) {
    const [n, c, h, w] = featureDims(typeAt(types, 0));
    const [channels, kernel] = weightDims(typeAt(types, 1));
    requireDim('channels', channels, c);
    if (types[2]) requireDim('bias', types[2].dims[0], c);
    return [feature([n, c, outputSize(h, kernel, stride), outputSize(w, kernel, stride)])];
  },
  gradient({ inputs: [x, w, bias], attributes: { stride } }, [d]) {
    if (!x || !w || !d) return [];
    const gradients = [
      depthwiseInputGradient(d, w, x, stride),
      depthwiseWeightGradient(x, d, w, stride),
    ];
    return bias ? [...gradients, sumChannels(d)] : gradients;
  },
  reference([x, w, bias], { stride }) {
    if (!x || !w) return [];
    const [n = 0, c = 0, h = 0, width = 0] = x.dims;
    const y = zerosOf([n, c, Math.ceil(h / stride), Math.ceil(width / stride)]);
    const plane = (y.dims[2] as number) * (y.dims[3] as number);
    if (bias) {
      y.data.forEach((_, at) => (y.data[at] = bias.data[Math.floor(at / plane) % c] as number));
    }
    forEachMultiply(loops(x.dims, w.dims[2] as number, stride), (i, j, k) =>
      accumulate(y, k, x.data[i] as number, w.data[j] as number),
    );
    return [y];
  },
  emit: (emitter, node, inputs) => [emitDepthwise(emitter, node, inputs)],
  emitBlocked: emitBlockedDepthwise,
});

export const depthwiseInputGradientOp = defineOp<InputSize>({
  name: 'depthwiseInputGradient',
  infer(types, { h, w }) {
    const [n, c] = featureDims(typeAt(types, 0));
    requireDim('channels', weightDims(typeAt(types, 1))[0], c);
    return [feature([n, c, h, w])];
  },
  gradient({ inputs: [dY, w], attributes: { stride } }, [d]) {
    if (!dY || !w || !d) return [];
    return [depthwiseConv2d(d, w, stride), depthwiseWeightGradient(d, dY, w, stride)];
  },
  reference([dY, w], { stride, h, w: width }, size) {
    if (!dY || !w) return [];
    const [n = 0, c = 0] = dY.dims;
    const dX = zerosOf([n, c, size(h), size(width)]);
    forEachMultiply(loops(dX.dims, w.dims[2] as number, stride), (i, j, k) =>
      accumulate(dX, i, dY.data[k] as number, w.data[j] as number),
    );
    return [dX];
  },
  emit: (emitter, node, inputs) => [emitDepthwiseInputGradient(emitter, node, inputs)],
  emitBlocked: emitBlockedDepthwiseInputGradient,
});

export const depthwiseWeightGradientOp = defineOp<WeightSize>({
  name: 'depthwiseWeightGradient',
  infer(types, { kernel }) {
    const [n, c] = featureDims(typeAt(types, 0));
    const [n2, c2] = featureDims(typeAt(types, 1));
    requireDim('batch', n2, n);
    requireDim('channels', c2, c);
    return [plain([c, 1, kernel, kernel])];
  },
  gradient({ inputs: [x, dY], attributes: { stride } }, [d]) {
    if (!x || !dY || !d) return [];
    return [depthwiseInputGradient(dY, d, x, stride), depthwiseConv2d(x, d, stride)];
  },
  reference([x, dY], { stride, kernel }, size) {
    if (!x || !dY) return [];
    const k = size(kernel);
    const dW = zerosOf([x.dims[1] as number, 1, k, k]);
    forEachMultiply(loops(x.dims, k, stride), (i, j, at) =>
      accumulate(dW, j, x.data[i] as number, dY.data[at] as number),
    );
    return [dW];
  },
  emit: (emitter, node, inputs) => [emitDepthwiseWeightGradient(emitter, node, inputs)],
  emitBlocked: emitBlockedDepthwiseWeightGradient,
});

/**
 * y[n,c,i,j] = bias[c] + Σ_{u,v} w[c,0,u,v]·x[n,c, i·stride+u−p, j·stride+v−p], p = ⌊k/2⌋, zeros outside.
 * Shapes: x [N,C,H,W], w [C,1,k,k] (k odd), bias [C] → y [N,C,⌈H/stride⌉,⌈W/stride⌉].
 * @throws {ShapeError} channels differ or k is even
 */
export const depthwiseConv2d = (x: Value, w: Value, stride = 1, bias?: Value): Value =>
  apply(depthwiseConv2dOp, bias ? [x, w, bias] : [x, w], { stride });

/** Adjoint of depthwiseConv2d in x: dX of `like`'s [N,C,H,W]. */
export function depthwiseInputGradient(dY: Value, w: Value, like: Value, stride: number): Value {
  const [, , h, width] = featureDims(like.type);
  return apply(depthwiseInputGradientOp, [dY, w], { stride, h, w: width });
}

/** Adjoint of depthwiseConv2d in w: dW of `like`'s [C,1,k,k]. */
export function depthwiseWeightGradient(x: Value, dY: Value, like: Value, stride: number): Value {
  const [, kernel] = weightDims(like.type);
  return apply(depthwiseWeightGradientOp, [x, dY], { stride, kernel });
}
