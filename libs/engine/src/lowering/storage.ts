/** @file Moving a feature map from one storage to another. Only lowerings with blocks have several. */
import { mulDims, type Dim } from '../graph/dims';
import type { Emitter, Storage, Stored } from '../graph/emitter';
import type { Value } from '../graph/value';

const domain = 'com.microsoft.nchwc';

const transpose = (emitter: Emitter, x: string, perm: readonly number[]): string =>
  emitter.node('Transpose', [x], { attributes: { perm: { ints: perm } } });

/** Zeros up to a multiple of four channels, which is what the kernel takes. */
function inFours(emitter: Emitter, x: string, channels: number, isLast: boolean): string {
  const missing = (4 - (channels % 4)) % 4;
  if (missing === 0) return x;
  const after = isLast ? [0, 0, 0, missing] : [0, missing, 0, 0];
  return emitter.node('Pad', [x, emitter.ints([0, 0, 0, 0, ...after])]);
}

/** The map of `from` as `to`; what fills up the last block is zeros, and is left out again. */
export function converted(emitter: Emitter, value: Value, from: Stored, to: Storage): string {
  const [n, c, h, w] = value.type.dims as readonly [Dim, Dim, Dim, Dim];
  if (to === 'pairs') {
    const pairs = emitter.sizes([1, mulDims(c, n), h, w]);
    return emitter.node('ReorderInput', [emitter.node('Reshape', [from.name, pairs])], { domain });
  }
  if (to === 'blocked') {
    const isLast = from.storage === 'channelsLast';
    return emitter.node('ReorderInput', [inFours(emitter, from.name, c as number, isLast)], {
      domain,
      attributes: { channels_last: { int: Number(isLast) } },
    });
  }
  const toLast = to === 'channelsLast';
  if (from.storage !== 'blocked') {
    return transpose(emitter, from.name, toLast ? [0, 2, 3, 1] : [0, 3, 1, 2]);
  }
  const isOneBlock = c === emitter.lowering.blockChannels;
  if (toLast && isOneBlock)
    return emitter.node('Reshape', [from.name, emitter.sizes([n, h, w, c])]);
  return emitter.node('ReorderOutput', [from.name], {
    domain,
    attributes: { channels: { int: c as number }, channels_last: { int: Number(toLast) } },
  });
}
