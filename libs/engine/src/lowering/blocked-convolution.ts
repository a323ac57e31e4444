/** @file Convolutions and their adjoints where sizes are known and feature maps are blocked. */
import type { Dim } from '../graph/dims';
import type { Emitter, Stored } from '../graph/emitter';
import type { OpNode } from '../graph/op';
import type { Value } from '../graph/value';
import {
  asBlocked,
  asBlocks,
  blockedConv,
  blockedDense,
  blockedDepthwise,
  blockedDepthwiseInputGradient,
  blockedDepthwiseWeightGradient,
  blockedMap,
  blockedOuter,
  blockedVector,
  denseFilter,
  filledUp,
  fromBlocks,
  lastChannels,
  mapAsFilter,
  rotated,
  staticSizes,
  withZerosBetween,
  type BlockedMap,
  type Sizes4,
} from './blocked';

interface Strided {
  readonly stride: number;
}

const ordered = (name: string): Stored => ({ name, storage: 'ordered' });
const inBlocks = (emitter: Emitter, value: Value): string => emitter.stored(value, 'blocked');
const plain = (emitter: Emitter, value: Value | undefined): string | undefined =>
  value && emitter.stored(value, 'ordered');

export function emitBlockedConv(
  emitter: Emitter,
  { inputs: [x, w, bias], attributes: { stride } }: OpNode<Strided>,
): readonly Stored[] | null {
  const [sizes, weight] = [staticSizes(x), staticSizes(w)];
  if (!x || !w || !sizes || !weight) return null;
  const [name, b] = [emitter.stored(w, 'ordered'), plain(emitter, bias)];
  if (sizes[1] >= (emitter.lowering.blockChannels ?? 0)) {
    return [asBlocked(blockedDense(emitter, inBlocks(emitter, x), name, weight, stride, b))];
  }
  return [asBlocked(imageConv(emitter, emitter.stored(x, 'ordered'), name, weight, stride, b))];
}

/** Convolution of a map with fewer channels than a block, such as an image: the kernel reads it unblocked, [N,C,H,W]. */
function imageConv(
  emitter: Emitter,
  x: string,
  w: string,
  weight: Sizes4,
  stride: number,
  bias?: string,
): string {
  const [co, , k] = weight;
  const pad = k >> 1;
  return blockedConv(emitter, x, denseFilter(emitter, w, weight, true), {
    groups: 1,
    kernel: [k, k],
    stride,
    pads: [pad, pad, pad, pad],
    bias: bias && blockedVector(emitter, bias, co),
  });
}

export function emitBlockedConvInputGradient(
  emitter: Emitter,
  { inputs: [dY, w], outputs: [dX], attributes: { stride } }: OpNode<Strided>,
): readonly Stored[] | null {
  const [sizes, weight, target] = [staticSizes(dY), staticSizes(w), staticSizes(dX)];
  if (!dY || !w || !sizes || !weight || !target) return null;
  const [co, ci, k] = weight;
  if (filledUp(emitter, co) !== co && co < (emitter.lowering.blockChannels ?? 0)) return null;
  const name = emitter.stored(w, 'ordered');
  const turned = emitter.node('Transpose', [k === 1 ? name : rotated(emitter, name)], {
    attributes: { perm: { ints: [1, 0, 2, 3] } },
  });
  const spread =
    stride === 1
      ? inBlocks(emitter, dY)
      : withZerosBetween(emitter, inBlocks(emitter, dY), sizes, [target[2], target[3]], stride);
  return [asBlocked(blockedDense(emitter, spread, turned, [ci, co, k, k], 1))];
}

/** Filters [Ci·k², Ci, k, k] that each pick one tap of one channel: their convolution lays out the patches. */
function patchFilters(emitter: Emitter, ci: number, k: number): string {
  const taps = ci * k * k;
  const data = new Float32Array(taps * taps);
  for (let tap = 0; tap < taps; tap++) data[tap * taps + tap] = 1;
  return emitter.floats(data, [taps, ci, k, k]);
}

/**
 * dW = dYᵀ·P over all output pixels. P is x itself for a 1×1 kernel; for an image of few channels it is its patches, laid
 * out by a convolution. For larger kernels on many channels patches would be k² times the map: `swappedWeightGradient`.
 */
export function emitBlockedConvWeightGradient(
  emitter: Emitter,
  { inputs: [x, dY], outputs: [dW], attributes: { stride } }: OpNode<Strided>,
): readonly Stored[] | null {
  const [sizes, weight] = [staticSizes(x), staticSizes(dW)];
  const outSizes = staticSizes(dY);
  if (!x || !dY || !sizes || !weight || !outSizes) return null;
  const [, ci, k] = weight;
  const isImage = ci < (emitter.lowering.blockChannels ?? 0);
  if (!isImage && (k !== 1 || stride !== 1)) {
    return swappedWeightGradient(emitter, { x, dY }, sizes, outSizes, { kernel: k, stride });
  }
  const patches: BlockedMap =
    k === 1 && stride === 1
      ? blockedMap(emitter, x, sizes)
      : patchesOf(emitter, emitter.stored(x, 'ordered'), ci, k, stride, outSizes);
  const product = blockedOuter(emitter, blockedMap(emitter, dY, outSizes), patches);
  return [ordered(emitter.node('Reshape', [product, emitter.ints(weight)]))];
}

/**
 * dW as a blocked convolution with images and channels swapped: channels of x are images [Ci, N, H, W] of N channels, and dY,
 * dilated by the stride, is a filter [Co, N, Ho, Wo] as large as they are, so that the result has the kernel's size. x gets its
 * padding beforehand: the kernel computes outputs that touch its own padding one by one. Null where images or channels do not
 * fill blocks.
 */
function swappedWeightGradient(
  emitter: Emitter,
  { x, dY }: { readonly x: Value; readonly dY: Value },
  [n, ci, h, w]: Sizes4,
  [, co, ho, wo]: Sizes4,
  { kernel, stride }: { readonly kernel: number; readonly stride: number },
): readonly Stored[] | null {
  const before = kernel >> 1;
  const [bottom, right] = [
    [ho, h],
    [wo, w],
  ].map(([out = 0, size = 0]) => (out - 1) * stride + kernel - size - before) as [number, number];
  const fills = [n, ci, co].every((size) => filledUp(emitter, size) === size);
  if (!fills || bottom < 0 || right < 0) return null;
  const images = swapFirstAxes(emitter, emitter.stored(x, 'ordered'));
  const pads = emitter.ints([0, 0, before, before, 0, 0, bottom, right]);
  const maps = asBlocks(emitter, emitter.node('Pad', [images, pads]));
  const filter = mapAsFilter(emitter, inBlocks(emitter, dY), [n, co, ho, wo]);
  const y = blockedConv(emitter, maps, filter, {
    groups: 1,
    kernel: [ho, wo],
    stride: 1,
    dilation: stride,
    pads: [0, 0, 0, 0],
  });
  return [ordered(swapFirstAxes(emitter, fromBlocks(emitter, y, co)))];
}

const swapFirstAxes = (emitter: Emitter, x: string): string =>
  emitter.node('Transpose', [x], { attributes: { perm: { ints: [1, 0, 2, 3] } } });

/** P [N, Ci·k², Ho, Wo] of an image [N,Ci,H,W], blocked. */
function patchesOf(
  emitter: Emitter,
  image: string,
  ci: number,
  k: number,
  stride: number,
  [n, , ho, wo]: Sizes4,
): BlockedMap {
  const taps = ci * k * k;
  const filters = patchFilters(emitter, ci, k);
  const name = imageConv(emitter, image, filters, [taps, ci, k, k], stride);
  const sizes: Sizes4 = [n, taps, ho, wo];
  const pixels = (): string =>
    emitter.node('Reshape', [lastChannels(emitter, name, taps), emitter.ints([-1, taps])]);
  return { name, sizes, pixels };
}

export function emitBlockedDepthwise(
  emitter: Emitter,
  { inputs: [x, w, bias], attributes: { stride } }: OpNode<Strided>,
): readonly Stored[] | null {
  const [sizes, weight] = [staticSizes(x), staticSizes(w)];
  if (!x || !w || !sizes || !weight) return null;
  const [name, b] = [emitter.stored(w, 'ordered'), plain(emitter, bias)];
  return [asBlocked(blockedDepthwise(emitter, inBlocks(emitter, x), name, weight, stride, b))];
}

export function emitBlockedDepthwiseInputGradient(
  emitter: Emitter,
  { inputs: [dY, w], outputs: [dX], attributes: { stride } }: OpNode<Strided>,
): readonly Stored[] | null {
  const [from, weight, x] = [staticSizes(dY), staticSizes(w), staticSizes(dX)];
  if (!dY || !w || !from || !weight || !x) return null;
  const [d, name] = [inBlocks(emitter, dY), emitter.stored(w, 'ordered')];
  const sizes = { dY: from, x, weight };
  return [asBlocked(blockedDepthwiseInputGradient(emitter, d, name, sizes, stride))];
}

export function emitBlockedDepthwiseWeightGradient(
  emitter: Emitter,
  { inputs: [x, dY], attributes: { stride, kernel } }: OpNode<Strided & { readonly kernel: Dim }>,
): readonly Stored[] | null {
  const [xSizes, dYSizes] = [staticSizes(x), staticSizes(dY)];
  if (!x || !dY || !xSizes || !dYSizes || typeof kernel !== 'number') return null;
  const sizes: { x: Sizes4; dY: Sizes4 } = { x: xSizes, dY: dYSizes };
  const [a, d] = [inBlocks(emitter, x), inBlocks(emitter, dY)];
  return [ordered(blockedDepthwiseWeightGradient(emitter, a, d, sizes, kernel, stride))];
}
