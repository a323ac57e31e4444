/** @file What normalisation needs of a feature map, channel by channel, in each storage. */
import { productOf, type Dim } from '../graph/dims';
import { keepsBlocks, type Emitter, type Storage, type Stored } from '../graph/emitter';
import type { Value } from '../graph/value';
import { blockedAffine, blockedDot, blockedMean, staticSizes, type Epilogue } from './blocked';
import { emitAffine, emitSum } from './ordered-channels';

/** What is applied to a result before it is written. */
export type Activation = 'none' | 'relu' | 'relu6';

export interface AffineMore {
  /** Added to the result; its buffer may be overwritten, so nobody else may read it. */
  readonly addend?: string;
  readonly activation?: Activation;
}

/** Kernels over maps [N,C,H,W] of one type; vectors are [C]. */
export interface ChannelKernels {
  readonly storage: Storage;
  /** The map of a value, in this storage. */
  map(value: Value): string;
  /** Σ_{n,h,w} x. */
  sum(x: string): string;
  /** Σ_{n,h,w} x·y. */
  dot(x: string, y: string): string;
  /** activation(a·x + b + addend). */
  affine(x: string, a: string, b?: string, more?: AffineMore): string;
  /** A map as a result of an op. */
  stored(name: string): Stored;
}

/** An activation as the blocked kernels apply it. */
export const epilogueOf = (activation: Activation): Epilogue =>
  activation === 'relu6' ? { clip: [0, 6] } : activation;

/** Where a graph's own order is kept; sizes may be known only at run time. */
export function orderedKernels(emitter: Emitter, like: Value): ChannelKernels {
  return {
    storage: 'ordered',
    map: (value) => emitter.stored(value, 'ordered'),
    sum: (x) => emitSum(emitter, x),
    dot: (x, y) => emitSum(emitter, emitter.node('Mul', [x, y])),
    affine(x, a, b, { addend, activation = 'none' } = {}) {
      const mapped = emitAffine(emitter, like, x, a, b);
      const y = addend === undefined ? mapped : emitter.node('Add', [addend, mapped]);
      return emitActivation(emitter, y, activation);
    },
    stored: (name) => ({ name, storage: 'ordered' }),
  };
}

/** With blocked kernels; null where they are not to be used, or sizes are not known. */
export function blockedKernels(emitter: Emitter, like: Value | undefined): ChannelKernels | null {
  const sizes = staticSizes(like);
  if (!sizes || !keepsBlocks(emitter.lowering)) return null;
  const [n, c, h, w] = sizes;
  return {
    storage: 'blocked',
    map: (value) => emitter.stored(value, 'blocked'),
    sum: (x) => emitter.node('Mul', [blockedMean(emitter, x, sizes), emitter.scalar(n * h * w)]),
    dot: (x, y) => blockedDot(emitter, x, y, sizes),
    affine: (x, a, b, { addend, activation = 'none' } = {}) =>
      blockedAffine(emitter, x, c, a, b, {
        ...(addend === undefined ? {} : { addend }),
        epilogue: epilogueOf(activation),
      }),
    stored: (name) => ({ name, storage: 'blocked' }),
  };
}

export function emitActivation(emitter: Emitter, x: string, activation: Activation): string {
  if (activation === 'none') return x;
  if (activation === 'relu') return emitter.node('Relu', [x]);
  return emitter.node('Clip', [x, emitter.scalar(0), emitter.scalar(6)]);
}

/** dY where the activation let its input through, else 0; y is what the activation gave. */
export function emitGated(emitter: Emitter, dY: string, y: string, activation: Activation): string {
  if (activation === 'none') return dY;
  const positive = emitter.node('Greater', [y, emitter.scalar(0)]);
  const open =
    activation === 'relu'
      ? positive
      : emitter.node('And', [positive, emitter.node('Less', [y, emitter.scalar(6)])]);
  const mask = emitter.node('Cast', [open], { attributes: { to: { int: 1 } } });
  return emitter.node('Mul', [dY, mask]);
}

/** Elements of one channel, N·H·W, as a float32 scalar (or a vector of one element). */
export function channelCount(emitter: Emitter, like: Value): string {
  const [n, , h, w] = like.type.dims as readonly [Dim, Dim, Dim, Dim];
  const count = productOf([n, h, w]);
  if (typeof count === 'number') return emitter.scalar(count);
  return emitter.shared(`count ${count.key}`, (shared) =>
    shared.node('Cast', [shared.sizes([count])], { attributes: { to: { int: 1 } } }),
  );
}
