/**
 * @file Convolution, normalisation and their gradients on blocked feature maps, with ONNX Runtime's internal blocked
 * kernels. Sizes must be known. Measured in docs/engine.md.
 */
import { isStatic } from '../graph/dims';
import type { Emitter, Stored } from '../graph/emitter';
import type { Value } from '../graph/value';

/** [N,C,H,W] of a map whose sizes are all known. */
export type Sizes4 = readonly [number, number, number, number];

/** Sizes of a feature map or weight; null where one is known only at run time. */
export function staticSizes(value: Value | undefined): Sizes4 | null {
  const dims = value?.type.dims ?? [];
  return dims.length === 4 && isStatic(dims) ? (dims as unknown as Sizes4) : null;
}

const domain = 'com.microsoft.nchwc';
/** A tensor that holds a blocked map. */
export const asBlocked = (name: string): Stored => ({ name, storage: 'blocked' });

const blockOf = (emitter: Emitter): number => emitter.lowering.blockChannels ?? 1;

/** C rounded up to whole blocks. */
export const filledUp = (emitter: Emitter, channels: number): number =>
  Math.ceil(channels / blockOf(emitter)) * blockOf(emitter);

const reshape = (emitter: Emitter, x: string, dims: readonly number[]): string =>
  emitter.node('Reshape', [x, emitter.ints(dims)]);

const transpose = (emitter: Emitter, x: string, perm: readonly number[]): string =>
  emitter.node('Transpose', [x], { attributes: { perm: { ints: perm } } });

/** Zeros after axis 0 (and axis 1) up to whole blocks. */
function padTo(
  emitter: Emitter,
  x: string,
  dims: readonly number[],
  target: readonly number[],
): string {
  const after = dims.map((dim, axis) => (target[axis] ?? dim) - dim);
  if (after.every((n) => n === 0)) return x;
  return emitter.node('Pad', [x, emitter.ints([...dims.map(() => 0), ...after])]);
}

/** v [C] with zeros up to whole blocks. */
export const blockedVector = (emitter: Emitter, v: string, channels: number): string =>
  padTo(emitter, v, [channels], [filledUp(emitter, channels)]);

/** The first C of a vector of whole blocks. */
const trimmed = (emitter: Emitter, v: string, channels: number): string =>
  filledUp(emitter, channels) === channels
    ? v
    : emitter.node('Slice', [v, emitter.ints([0]), emitter.ints([channels]), emitter.ints([0])]);

/** w [Co,Ci,k,k] as the dense kernel reads it: [Co/B, Ci/B, k, k, B(i), B(o)]; Ci stays as it is where `wholeInput`. */
export function denseFilter(
  emitter: Emitter,
  w: string,
  [co, ci, kh, kw]: Sizes4,
  wholeInput = false,
): string {
  const b = blockOf(emitter);
  const [o, i] = [filledUp(emitter, co), wholeInput ? ci : filledUp(emitter, ci)];
  const padded = padTo(emitter, w, [co, ci, kh, kw], [o, i]);
  const split = wholeInput
    ? transpose(emitter, reshape(emitter, padded, [o / b, b, i, kh, kw]), [0, 2, 3, 4, 1])
    : transpose(
        emitter,
        reshape(emitter, padded, [o / b, b, i / b, b, kh, kw]),
        [0, 2, 4, 5, 3, 1],
      );
  return reshape(emitter, split, [o, i, kh, kw]);
}

/** w [C,1,k,k] as the depthwise kernel reads it: [C/B, k, k, B]. */
export function depthwiseFilter(emitter: Emitter, w: string, [c, , kh, kw]: Sizes4): string {
  const b = blockOf(emitter);
  const full = filledUp(emitter, c);
  const padded = padTo(emitter, w, [c, 1, kh, kw], [full]);
  const split = reshape(emitter, padded, [full / b, b, kh, kw]);
  return reshape(emitter, transpose(emitter, split, [0, 2, 3, 1]), [full, 1, kh, kw]);
}

/** What happens to an output before it is written. */
export type Epilogue = { readonly clip: readonly [number, number] } | 'relu' | 'none';

export interface BlockedConv {
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly dilation?: number;
  /** Before rows and columns, after rows and columns. */
  readonly pads: readonly [number, number, number, number];
  readonly bias?: string | undefined;
  /** Added to the result; its buffer may be overwritten, so nobody else may read it. */
  readonly addend?: string | undefined;
  readonly epilogue?: Epilogue;
}

export function blockedConv(
  emitter: Emitter,
  x: string,
  filter: string,
  conv: BlockedConv,
): string {
  const { groups, kernel, stride, dilation = 1, pads, bias, addend, epilogue = 'none' } = conv;
  const inputs = [x, filter, bias ?? '', addend ?? ''];
  while (inputs.at(-1) === '') inputs.pop();
  const activation =
    epilogue === 'none'
      ? {}
      : epilogue === 'relu'
        ? { activation: { string: 'Relu' } }
        : { activation: { string: 'Clip' }, activation_params: { floats: epilogue.clip } };
  return emitter.node('Conv', inputs, {
    domain,
    attributes: {
      group: { int: groups },
      kernel_shape: { ints: kernel },
      strides: { ints: [stride, stride] },
      dilations: { ints: [dilation, dilation] },
      pads: { ints: pads },
      ...activation,
    },
  });
}

const same = (kernel: number): readonly [number, number, number, number] => {
  const pad = kernel >> 1;
  return [pad, pad, pad, pad];
};
const single = { kernel: [1, 1], stride: 1, pads: [0, 0, 0, 0] } as const;

/** y = epilogue(a·x + b) per channel, in one pass. a and b [C]; x blocked. */
export function blockedAffine(
  emitter: Emitter,
  x: string,
  channels: number,
  a: string,
  b?: string,
  more: { readonly addend?: string; readonly epilogue?: Epilogue } = {},
): string {
  const groups = filledUp(emitter, channels);
  const filter = reshape(emitter, blockedVector(emitter, a, channels), [groups, 1, 1, 1]);
  const bias = b === undefined ? undefined : blockedVector(emitter, b, channels);
  return blockedConv(emitter, x, filter, { ...single, groups, bias, ...more });
}

/** Mean over space, [N,C]. */
export function blockedSpatialMeans(emitter: Emitter, x: string, n: number, c: number): string {
  const full = filledUp(emitter, c);
  const means = reshape(emitter, emitter.node('GlobalAveragePool', [x], { domain }), [n, full]);
  if (full === c) return means;
  return emitter.node('Slice', [means, emitter.ints([0]), emitter.ints([c]), emitter.ints([1])]);
}

/** Mean over batch and space, [C]. */
export function blockedMean(emitter: Emitter, x: string, [n, c]: Sizes4): string {
  const pooled = emitter.node('GlobalAveragePool', [x], { domain });
  return overBatch(emitter, reshape(emitter, pooled, [n, filledUp(emitter, c)]), c, 'ReduceMean');
}

/** [N, full] → [C], summed or averaged over the batch. */
function overBatch(
  emitter: Emitter,
  x: string,
  channels: number,
  reduction: 'ReduceMean' | 'ReduceSum',
): string {
  const axes = emitter.ints([0]);
  const vector =
    reduction === 'ReduceSum'
      ? emitter.node(reduction, [x, axes], { attributes: { keepdims: { int: 0 } } })
      : emitter.node(reduction, [x], {
          attributes: { axes: { ints: [0] }, keepdims: { int: 0 } },
        });
  return trimmed(emitter, vector, channels);
}

/**
 * Σ_{n,h,w} x·y per channel, [C]. Each image's channel of y is the kernel of a depthwise convolution that fits its
 * channel of x exactly once: a dot product that writes nothing but its result.
 */
export function blockedDot(emitter: Emitter, x: string, y: string, [n, c, h, w]: Sizes4): string {
  const full = filledUp(emitter, c);
  const product = blockedConv(
    emitter,
    reshape(emitter, x, [1, n * full, h, w]),
    reshape(emitter, y, [n * full, 1, h, w]),
    { ...single, groups: n * full, kernel: [h, w] },
  );
  return overBatch(emitter, reshape(emitter, product, [n, full]), c, 'ReduceSum');
}

/** Depthwise convolution of a blocked map. w [C,1,k,k]. */
export function blockedDepthwise(
  emitter: Emitter,
  x: string,
  w: string,
  weightSizes: Sizes4,
  stride: number,
  bias?: string,
): string {
  const [c, , k] = weightSizes;
  return blockedConv(emitter, x, depthwiseFilter(emitter, w, weightSizes), {
    groups: filledUp(emitter, c),
    kernel: [k, k],
    stride,
    pads: same(k),
    bias: bias && blockedVector(emitter, bias, c),
  });
}

/** stride − 1 zeros after every row and column, cut to H×W: blocks of B channels move together. */
export function withZerosBetween(
  emitter: Emitter,
  dY: string,
  [n, c, ho, wo]: Sizes4,
  [h, w]: readonly [number, number],
  stride: number,
): string {
  const b = blockOf(emitter);
  const full = filledUp(emitter, c);
  const gap = stride - 1;
  const cells = reshape(emitter, dY, [(n * full * ho) / b, 1, wo, 1, b]);
  const wide = emitter.node('Pad', [cells, emitter.ints([0, 0, 0, 0, 0, 0, gap, 0, gap, 0])]);
  const spread = reshape(emitter, wide, [(n * full) / b, ho * stride, wo * stride, b]);
  const cut =
    ho * stride === h && wo * stride === w
      ? spread
      : emitter.node('Slice', [
          spread,
          emitter.ints([0, 0]),
          emitter.ints([h, w]),
          emitter.ints([1, 2]),
        ]);
  return reshape(emitter, cut, [n, full, h, w]);
}

/** w rotated by 180° in space. */
export const rotated = (emitter: Emitter, w: string): string =>
  emitter.node('Slice', [
    w,
    emitter.ints([-1, -1]),
    emitter.ints([-1_000_000, -1_000_000]),
    emitter.ints([2, 3]),
    emitter.ints([-1, -1]),
  ]);

/** Adjoint of the depthwise convolution in x. */
export function blockedDepthwiseInputGradient(
  emitter: Emitter,
  dY: string,
  w: string,
  sizes: { readonly dY: Sizes4; readonly x: Sizes4; readonly weight: Sizes4 },
  stride: number,
): string {
  const [, , h, width] = sizes.x;
  const spread = stride === 1 ? dY : withZerosBetween(emitter, dY, sizes.dY, [h, width], stride);
  return blockedDepthwise(emitter, spread, rotated(emitter, w), sizes.weight, 1);
}

/** How far the last tap of a convolution reaches beyond the map: negative where it does not get there. */
const overhang = (size: number, out: number, kernel: number, stride: number): number =>
  (out - 1) * stride + kernel - (kernel >> 1) - size;

/**
 * Adjoint of the depthwise convolution in w. Every image's channel of dY, dilated by the stride, is the kernel of one
 * group of a convolution over images and channels together; its k×k results are the taps' sums for that image.
 */
export function blockedDepthwiseWeightGradient(
  emitter: Emitter,
  x: string,
  dY: string,
  sizes: { readonly dY: Sizes4; readonly x: Sizes4 },
  kernel: number,
  stride: number,
): string {
  const [n, c, h, w] = sizes.x;
  const [, , ho, wo] = sizes.dY;
  const b = blockOf(emitter);
  const full = filledUp(emitter, c);
  const pad = kernel >> 1;
  const [rows, columns] = [overhang(h, ho, kernel, stride), overhang(w, wo, kernel, stride)];
  // What the last taps never reach is cut off by producing it and slicing.
  const extra = [Math.max(0, -rows), Math.max(0, -columns)] as const;
  const perImage = blockedConv(
    emitter,
    reshape(emitter, x, [1, n * full, h, w]),
    reshape(emitter, dY, [n * full, 1, ho, wo]),
    {
      groups: n * full,
      kernel: [ho, wo],
      stride: 1,
      dilation: stride,
      pads: [pad, pad, Math.max(0, rows), Math.max(0, columns)],
    },
  );
  const [kh, kw] = [kernel + extra[0], kernel + extra[1]];
  const all = reshape(emitter, perImage, [n, (full / b) * kh * kw * b]);
  const summed = emitter.node('ReduceSum', [all, emitter.ints([0])], {
    attributes: { keepdims: { int: 0 } },
  });
  const taps = transpose(emitter, reshape(emitter, summed, [full / b, kh, kw, b]), [0, 3, 1, 2]);
  const dW = reshape(emitter, taps, [full, 1, kh, kw]);
  if (full === c && kh === kernel && kw === kernel) return dW;
  return emitter.node('Slice', [
    dW,
    emitter.ints([0, 0, 0]),
    emitter.ints([c, kernel, kernel]),
    emitter.ints([0, 2, 3]),
  ]);
}

/**
 * Σ_{n,h,w} a·bᵀ over pixels, [Ca,Cb]: the gradient of a 1×1 convolution's weight. Where one of them is a single block,
 * every block of the other meets it as it lies; else both are turned into matrices of pixels by channels (`channelsLast`).
 */
export function blockedOuter(emitter: Emitter, a: BlockedMap, b: BlockedMap): string {
  const [n, ca, h, w] = a.sizes;
  const cb = b.sizes[1];
  const size = blockOf(emitter);
  if (filledUp(emitter, cb) !== size) {
    const canSwap = filledUp(emitter, ca) === size;
    return canSwap
      ? transpose(emitter, blockedOuter(emitter, b, a), [1, 0])
      : fusedMatMul(emitter, a.pixels(), b.pixels());
  }
  const full = filledUp(emitter, ca);
  const blocks = fusedMatMul(
    emitter,
    reshape(emitter, a.name, [n, full / size, h * w, size]),
    reshape(emitter, b.name, [n, 1, h * w, size]),
  );
  const summed = emitter.node('ReduceSum', [blocks, emitter.ints([0])], {
    attributes: { keepdims: { int: 0 } },
  });
  const matrix = reshape(emitter, summed, [full, size]);
  if (full === ca && size === cb) return matrix;
  return emitter.node('Slice', [
    matrix,
    emitter.ints([0, 0]),
    emitter.ints([ca, cb]),
    emitter.ints([0, 1]),
  ]);
}

/** A blocked map, and the same as a matrix [pixels, C]. */
export interface BlockedMap {
  readonly name: string;
  readonly sizes: Sizes4;
  readonly pixels: () => string;
}

/** A blocked map of C channels as [N,H,W,C]. */
export const lastChannels = (emitter: Emitter, x: string, channels: number): string =>
  emitter.node('ReorderOutput', [x], {
    domain,
    attributes: { channels: { int: channels }, channels_last: { int: 1 } },
  });

/** A map [N,C,H,W] of whole blocks, in blocks. */
export const asBlocks = (emitter: Emitter, x: string): string =>
  emitter.node('ReorderInput', [x], { domain });

/** A blocked map of C channels as [N,C,H,W]. */
export const fromBlocks = (emitter: Emitter, x: string, channels: number): string =>
  emitter.node('ReorderOutput', [x], { domain, attributes: { channels: { int: channels } } });

/** A blocked map [N,C,H,W], N and C in whole blocks, as the dense kernel reads a filter of C outputs and N inputs. */
export function mapAsFilter(emitter: Emitter, x: string, [n, c, h, w]: Sizes4): string {
  const b = blockOf(emitter);
  const split = reshape(emitter, x, [n / b, b, c / b, h, w, b]);
  return reshape(emitter, transpose(emitter, split, [2, 0, 3, 4, 1, 5]), [c, n, h, w]);
}

/** aᵀ·b of matrices of pixels by channels. */
const fusedMatMul = (emitter: Emitter, a: string, b: string): string =>
  emitter.node('FusedMatMul', [a, b], {
    domain: 'com.microsoft',
    attributes: { transA: { int: 1 }, transB: { int: 0 }, alpha: { float: 1 } },
  });

/** A value as a blocked map. */
export function blockedMap(emitter: Emitter, value: Value, sizes: Sizes4): BlockedMap {
  return {
    name: emitter.stored(value, 'blocked'),
    sizes,
    pixels: () => reshape(emitter, emitter.stored(value, 'channelsLast'), [-1, sizes[1]]),
  };
}

/** Dense convolution of a blocked map. w [Co,Ci,k,k]. */
export function blockedDense(
  emitter: Emitter,
  x: string,
  w: string,
  weightSizes: Sizes4,
  stride: number,
  bias?: string,
): string {
  const [co, , k] = weightSizes;
  return blockedConv(emitter, x, denseFilter(emitter, w, weightSizes), {
    groups: 1,
    kernel: [k, k],
    stride,
    pads: same(k),
    bias: bias && blockedVector(emitter, bias, co),
  });
}
