/** @file Convolution with groups, gaps and any padding, and its two adjoints: each is bilinear in its inputs. */
import { ShapeError } from '@sextant/common';
import { dimsKey, type Dim } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import { feature, plain, type TensorType, type Value } from '../graph/value';
import {
  emitGeneralConv,
  emitGeneralConvInputGradient,
  emitGeneralConvWeightGradient,
} from '../lowering/general-convolution';
import { sumChannels } from './channels';
import { accumulate } from './convolution-shapes';
import { apply, defineOp, featureDims, requireDim, typeAt } from './define-op';
import { forEachTap, requireWindow, windowCount, type Window } from '../graph/window';

interface Grouped extends Window {
  readonly groups: number;
}
type InputSize = Grouped & { readonly h: Dim; readonly w: Dim };

/** [Co, Ci/groups, kh, kw], all known. */
function weightDims(
  { dims }: TensorType,
  groups: number,
): readonly [number, number, number, number] {
  if (dims.length !== 4 || dims.some((dim) => typeof dim !== 'number')) {
    throw new ShapeError(`a weight is [Co,Ci/groups,kh,kw], all known, got [${dimsKey(dims)}]`);
  }
  const known = dims as readonly [number, number, number, number];
  if (known[0] % groups !== 0) {
    throw new ShapeError(`${known[0]} output channels do not split into ${groups} groups`);
  }
  return known;
}

/** Visits the offsets of x, w and y of every multiplication; row-major. */
function forEachProduct(
  x: readonly number[],
  outChannels: number,
  attributes: Grouped,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [n = 0, inChannels = 0, h = 0, w = 0] = x;
  const { groups, kernel } = attributes;
  const perGroup = inChannels / groups;
  const taps = kernel[0] * kernel[1];
  const outputs =
    (windowCount(h, attributes, 0) as number) * (windowCount(w, attributes, 1) as number);
  for (let image = 0; image < n; image++) {
    for (let co = 0; co < outChannels; co++) {
      const group = Math.floor((co * groups) / outChannels);
      for (let slot = 0; slot < perGroup; slot++) {
        const xPlane = (image * inChannels + group * perGroup + slot) * h * w;
        const wPlane = (co * perGroup + slot) * taps;
        const yPlane = (image * outChannels + co) * outputs;
        forEachTap(h, w, attributes, (pixel, tap, output) =>
          visit(xPlane + pixel, wPlane + tap, yPlane + output),
        );
      }
    }
  }
}

export const generalConv2dOp = defineOp<Grouped>({
  name: 'conv2d',
  infer(types, attributes) {
    requireWindow(attributes);
    const { groups } = attributes;
    const [n, c, h, w] = featureDims(typeAt(types, 0));
    const [co, perGroup] = weightDims(typeAt(types, 1), groups);
    requireDim('input channels', c, perGroup * groups);
    if (types[2]) requireDim('bias', types[2].dims[0], co);
    return [feature([n, co, windowCount(h, attributes, 0), windowCount(w, attributes, 1)])];
  },
  gradient({ inputs: [x, w, bias], attributes }, [d]) {
    if (!x || !w || !d) return [];
    const gradients = [inputGradient(d, w, x, attributes), weightGradient(x, d, attributes)];
    return bias ? [...gradients, sumChannels(d)] : gradients;
  },
  reference([x, w, bias], attributes) {
    if (!x || !w) return [];
    const [n = 0, , h = 0, width = 0] = x.dims;
    const co = w.dims[0] as number;
    const size = [windowCount(h, attributes, 0), windowCount(width, attributes, 1)] as number[];
    const y = zerosOf([n, co, ...size]);
    const plane = (size[0] as number) * (size[1] as number);
    if (bias) {
      y.data.forEach((_, at) => (y.data[at] = bias.data[Math.floor(at / plane) % co] as number));
    }
    forEachProduct(x.dims, co, attributes, (i, j, k) =>
      accumulate(y, k, x.data[i] as number, w.data[j] as number),
    );
    return [y];
  },
  emit: (emitter, node, inputs) => [emitGeneralConv(emitter, node, inputs)],
});

export const generalConvInputGradientOp = defineOp<InputSize>({
  name: 'conv2dInputGradient',
  infer(types, { groups, h, w }) {
    const [n] = featureDims(typeAt(types, 0));
    const [, perGroup] = weightDims(typeAt(types, 1), groups);
    return [feature([n, perGroup * groups, h, w])];
  },
  gradient({ inputs: [dY, w], attributes }, [d]) {
    if (!dY || !w || !d) return [];
    return [apply(generalConv2dOp, [d, w], attributes), weightGradient(d, dY, attributes)];
  },
  reference([dY, w], attributes, size) {
    if (!dY || !w) return [];
    const [co = 0, perGroup = 0] = w.dims;
    const channels = perGroup * attributes.groups;
    const dX = zerosOf([dY.dims[0] as number, channels, size(attributes.h), size(attributes.w)]);
    forEachProduct(dX.dims, co, attributes, (i, j, k) =>
      accumulate(dX, i, dY.data[k] as number, w.data[j] as number),
    );
    return [dX];
  },
  emit: (emitter, node, inputs) => [emitGeneralConvInputGradient(emitter, node, inputs)],
});

export const generalConvWeightGradientOp = defineOp<Grouped>({
  name: 'conv2dWeightGradient',
  infer(types, { groups, kernel }) {
    const [, ci] = featureDims(typeAt(types, 0));
    const [, co] = featureDims(typeAt(types, 1));
    return [plain([co, (ci as number) / groups, ...kernel])];
  },
  gradient({ inputs: [x, dY], attributes }, [d]) {
    if (!x || !dY || !d) return [];
    return [inputGradient(dY, d, x, attributes), apply(generalConv2dOp, [x, d], attributes)];
  },
  reference([x, dY], attributes) {
    if (!x || !dY) return [];
    const [co = 0, ci = 0] = [dY.dims[1], x.dims[1]];
    const dW = zerosOf([co, ci / attributes.groups, ...attributes.kernel]);
    forEachProduct(x.dims, co, attributes, (i, j, k) =>
      accumulate(dW, j, x.data[i] as number, dY.data[k] as number),
    );
    return [dW];
  },
  emit: (emitter, node, inputs) => [emitGeneralConvWeightGradient(emitter, node, inputs)],
});

function inputGradient(dY: Value, w: Value, like: Value, attributes: Grouped): Value {
  const [, , h, width] = featureDims(like.type);
  return apply(generalConvInputGradientOp, [dY, w], { ...attributes, h, w: width });
}

const weightGradient = (x: Value, dY: Value, attributes: Grouped): Value =>
  apply(generalConvWeightGradientOp, [x, dY], attributes);

export interface Conv2dOptions {
  readonly stride?: number | Window['stride'];
  readonly dilation?: number | Window['dilation'];
  /** Zeros on every side, or [top, left, bottom, right]; by default half of what the window spans. */
  readonly padding?: number | Window['padding'];
  readonly groups?: number;
  readonly bias?: Value;
}

const pair = (value: number | Window['stride']): Window['stride'] =>
  typeof value === 'number' ? [value, value] : value;

/** Options as the full attributes of a weight. @throws {ShapeError} the weight is not of rank 4 and known sizes */
export function groupedWindow(w: Value, options: Conv2dOptions): Grouped {
  const { stride = 1, dilation = 1, padding, groups = 1 } = options;
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ShapeError(`conv2d: ${groups} groups, expected an integer of at least 1`);
  }
  const [, , ...kernel] = weightDims(w.type, groups);
  const gaps = pair(dilation);
  const [down, across] = kernel.map((size, axis) => ((size - 1) * (gaps[axis] as number)) >> 1);
  const half = [down as number, across as number] as const;
  const given = typeof padding === 'number' ? ([padding, padding] as const) : half;
  const sides = typeof padding === 'object' ? padding : ([...given, ...given] as const);
  return { kernel, stride: pair(stride), dilation: gaps, padding: sides, groups };
}

/** Convolution of any window; `conv2d` is the way in. */
export const generalConv2d = (x: Value, w: Value, options: Conv2dOptions): Value =>
  apply(generalConv2dOp, options.bias ? [x, w, options.bias] : [x, w], groupedWindow(w, options));

/**
 * dX of a convolution as an operation of its own, "deconvolution": each pixel of x is spread by the kernel w.
 * Shapes: x [N,Co,Ho,Wo], w [Co,Ci/groups,kh,kw] → out [N,Ci,height,width].
 * @throws {ShapeError} a convolution of [N,Ci,height,width] by w would not have x's shape
 */
export function convTranspose2d(
  x: Value,
  w: Value,
  size: readonly [Dim, Dim],
  options: Omit<Conv2dOptions, 'bias'> = {},
): Value {
  const attributes = groupedWindow(w, options);
  requireWindow(attributes);
  const [, channels, ho, wo] = featureDims(x.type);
  requireDim('convTranspose2d: channels', channels, w.type.dims[0] as Dim);
  requireDim('convTranspose2d: height', windowCount(size[0], attributes, 0), ho);
  requireDim('convTranspose2d: width', windowCount(size[1], attributes, 1), wo);
  return apply(generalConvInputGradientOp, [x, w], { ...attributes, h: size[0], w: size[1] });
}
