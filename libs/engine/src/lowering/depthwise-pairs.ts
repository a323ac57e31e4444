/**
 * @file Depthwise convolution with run-time channels on ONNX Runtime's blocked kernels. Channels-first maps [C,N,H,W] are
 * maps of one image with C·N channels, a multiple of the block whatever C is; the one thing that must be known is the
 * number of groups, so each convolution is one of a few alternatives.
 */
import { choicesOf, mulDims, subDims, addDims, type Dim } from '../graph/dims';
import type { Emitter } from '../graph/emitter';
import type { Value } from '../graph/value';

/** x [C,N,H,W] stored channels-first, y [C,N,Ho,Wo], w [C,1,k,k]. */
export interface PairShape {
  readonly n: Dim;
  readonly c: Dim;
  readonly h: Dim;
  readonly w: Dim;
  readonly ho: Dim;
  readonly wo: Dim;
  readonly kernel: Dim;
  readonly stride: number;
}

const domain = 'com.microsoft.nchwc';

/** Alternatives beyond this make a model too large for what they save. */
const mostAlternatives = 64;

/** Can these kernels be used: are there some, and are channels and kernels among a few known numbers? */
export function pairsApply(emitter: Emitter, { n, c, kernel }: PairShape): boolean {
  const { featureOrder, blockChannels } = emitter.lowering;
  if (featureOrder !== 'CNHW' || blockChannels === null || typeof n !== 'number') return false;
  const [channels, kernels] = [choicesOf(c), choicesOf(kernel)];
  if (!channels || !kernels || channels.length * kernels.length > mostAlternatives) return false;
  return channels.every((count) => (count * n) % blockChannels === 0);
}

const reshape = (emitter: Emitter, x: string, dims: readonly Dim[]): string =>
  emitter.node('Reshape', [x, emitter.sizes(dims)]);

const blockOf = (emitter: Emitter): number => emitter.lowering.blockChannels as number;

/** w [C,1,k,k] for every image: [C·N, 1, k, k] in blocks, whose lanes are images and so hold the same number. */
function pairFilter(emitter: Emitter, weight: string, { n, c, kernel }: PairShape): string {
  const block = blockOf(emitter);
  const images = (n as number) / block;
  if (Number.isInteger(images)) {
    const unit = reshape(emitter, weight, [c, 1, kernel, kernel, 1]);
    const all = emitter.node('Expand', [unit, emitter.sizes([c, images, kernel, kernel, block])]);
    return reshape(emitter, all, [mulDims(c, n), 1, kernel, kernel]);
  }
  // A block spans several channels: lay out each pair, then move the pairs of a block innermost.
  const each = emitter.node('Expand', [weight, emitter.sizes([c, n, kernel, kernel])]);
  const taps = reshape(emitter, each, [-1, block, mulDims(kernel, kernel)]);
  const turned = emitter.node('Transpose', [taps], { attributes: { perm: { ints: [0, 2, 1] } } });
  return reshape(emitter, turned, [mulDims(c, n), 1, kernel, kernel]);
}

/** A convolution of C·N groups; `build` gives its attributes for the numbers that C and k turn out to be. */
function groupedConv(
  emitter: Emitter,
  { n, c, kernel }: PairShape,
  inputs: readonly [string, string],
  options: { readonly stride: number; readonly dilation: number; readonly isOrdered: boolean },
): string {
  return emitter.dispatch([c, kernel], (branch, [channels = 0, k = 1]) => {
    const groups = channels * (n as number);
    const pad = k >> 1;
    const y = branch.node('Conv', inputs, {
      domain,
      attributes: {
        group: { int: groups },
        strides: { ints: [options.stride, options.stride] },
        dilations: { ints: [options.dilation, options.dilation] },
        pads: { ints: [pad, pad, pad, pad] },
      },
    });
    if (!options.isOrdered) return y;
    return branch.node('ReorderOutput', [y], { domain, attributes: { channels: { int: groups } } });
  });
}

export function pairForward(emitter: Emitter, x: Value, weight: string, shape: PairShape): string {
  const filter = pairFilter(emitter, weight, shape);
  const options = { stride: shape.stride, dilation: 1, isOrdered: true };
  const y = groupedConv(emitter, shape, [emitter.stored(x, 'pairs'), filter], options);
  return reshape(emitter, y, [shape.c, shape.n, shape.ho, shape.wo]);
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

/** stride − 1 zeros after every row and column, cut to H×W; blocks of pairs move together. */
function withZerosBetween(emitter: Emitter, dY: string, shape: PairShape): string {
  const { n, c, h, w, ho, wo, stride } = shape;
  if (stride === 1) return dY;
  const block = blockOf(emitter);
  const gap = stride - 1;
  const cells = reshape(emitter, dY, [-1, 1, wo, 1, block]);
  const wide = emitter.node('Pad', [cells, emitter.ints([0, 0, 0, 0, 0, 0, gap, 0, gap, 0])]);
  const [rows, columns] = [mulDims(ho, stride), mulDims(wo, stride)];
  const spread = reshape(emitter, wide, [-1, rows, columns, block]);
  const cut = emitter.node('Slice', [
    spread,
    emitter.ints([0, 0]),
    emitter.sizes([h, w]),
    emitter.ints([1, 2]),
  ]);
  return reshape(emitter, cut, [1, mulDims(c, n), h, w]);
}

export function pairInputGradient(
  emitter: Emitter,
  dY: Value,
  weight: string,
  shape: PairShape,
): string {
  const spread = withZerosBetween(emitter, emitter.stored(dY, 'pairs'), shape);
  const filter = pairFilter(emitter, rotated(emitter, weight), shape);
  const options = { stride: 1, dilation: 1, isOrdered: true };
  const dX = groupedConv(emitter, shape, [spread, filter], options);
  return reshape(emitter, dX, [shape.c, shape.n, shape.h, shape.w]);
}

/** Rows (or columns) that the convolution of x by dY yields: the kernel's, and what a stride leaves over. */
const tapsOf = (size: Dim, out: Dim, { kernel, stride }: PairShape): Dim =>
  stride === 1
    ? kernel
    : addDims(subDims(size, mulDims(subDims(out, 1), stride)), subDims(kernel, 1));

/** Each pair's dY, dilated by the stride, is the kernel of one group; the k×k results are summed over images. */
export function pairWeightGradient(
  emitter: Emitter,
  x: Value,
  dY: Value,
  shape: PairShape,
): string {
  const { n, c, h, w, ho, wo, kernel, stride } = shape;
  const block = blockOf(emitter);
  const filter = reshape(emitter, emitter.stored(dY, 'pairs'), [mulDims(c, n), 1, ho, wo]);
  const perPair = groupedConv(emitter, shape, [emitter.stored(x, 'pairs'), filter], {
    stride: 1,
    dilation: stride,
    isOrdered: false,
  });
  const [rows, columns] = [tapsOf(h, ho, shape), tapsOf(w, wo, shape)];
  const all = reshape(emitter, perPair, [-1, rows, columns, block]);
  const taps =
    stride === 1
      ? all
      : emitter.node('Slice', [
          all,
          emitter.ints([0, 0]),
          emitter.sizes([kernel, kernel]),
          emitter.ints([1, 2]),
        ]);
  const pairs = emitter.node('Transpose', [taps], { attributes: { perm: { ints: [0, 3, 1, 2] } } });
  const summed = emitter.node(
    'ReduceSum',
    [reshape(emitter, pairs, [c, n, mulDims(kernel, kernel)]), emitter.ints([1])],
    { attributes: { keepdims: { int: 0 } } },
  );
  return reshape(emitter, summed, [c, 1, kernel, kernel]);
}
