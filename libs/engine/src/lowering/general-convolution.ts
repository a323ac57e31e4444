/** @file Convolutions with groups, gaps and any padding as Conv and ConvTranspose. */
import { addDims, mulDims, type Dim } from '../graph/dims';
import type { Attribute, Emitter } from '../graph/emitter';
import type { OpNode } from '../graph/op';
import type { Value } from '../graph/value';
import { batchFirst } from './stored-order';
import type { Window } from '../graph/window';

interface Grouped extends Window {
  readonly groups: number;
}
type Dims4 = readonly [Dim, Dim, Dim, Dim];
const dimsOf = (value: Value | undefined): Dims4 => value?.type.dims as Dims4;

const windowAttributes = ({
  kernel,
  stride,
  dilation,
  groups,
}: Grouped): Record<string, Attribute> => ({
  kernel_shape: { ints: kernel },
  strides: { ints: stride },
  dilations: { ints: dilation },
  group: { int: groups },
});

/** Rows and columns `start … start + size` of a batch-first map. */
const crop = (emitter: Emitter, x: string, starts: readonly Dim[], ends: readonly Dim[]): string =>
  emitter.node('Slice', [x, emitter.sizes(starts), emitter.sizes(ends), emitter.ints([2, 3])]);

export function emitGeneralConv(
  emitter: Emitter,
  { attributes }: OpNode<Grouped>,
  [x = '', ...others]: readonly string[],
): string {
  const y = emitter.node('Conv', [batchFirst(emitter, x), ...others], {
    attributes: { ...windowAttributes(attributes), pads: { ints: attributes.padding } },
  });
  return batchFirst(emitter, y);
}

/** The transposed convolution without padding covers the padded map (stride − 1 more at most); the map is cut out. */
export function emitGeneralConvInputGradient(
  emitter: Emitter,
  { attributes, outputs }: OpNode<Grouped & { readonly h: Dim; readonly w: Dim }>,
  [dY = '', w = '']: readonly string[],
): string {
  const [, , height, width] = dimsOf(outputs[0]);
  const { stride, padding } = attributes;
  const [top, left] = padding;
  const whole = emitter.node('ConvTranspose', [batchFirst(emitter, dY), w], {
    attributes: {
      ...windowAttributes(attributes),
      output_padding: { ints: stride.map((step) => step - 1) },
    },
  });
  const ends = [addDims(height, top), addDims(width, left)];
  return batchFirst(emitter, crop(emitter, whole, [top, left], ends));
}

/**
 * dW[o,c,u,v] = Σ x[c, i·stride + u·dilation − p]·dY[o,i]: a convolution of x by dY with stride and gap exchanged, the
 * images being its channels. Each group of channels sees its own part of dY.
 */
export function emitGeneralConvWeightGradient(
  emitter: Emitter,
  { attributes, inputs, outputs }: OpNode<Grouped>,
  [x = '', dY = '']: readonly string[],
): string {
  const { stride, dilation, padding, groups, kernel } = attributes;
  const [n, , h, w] = dimsOf(inputs[0]);
  const [, perGroup] = dimsOf(outputs[0]) as unknown as readonly [number, number];
  const transpose = (name: string, perm: readonly number[]): string =>
    emitter.node('Transpose', [name], { attributes: { perm: { ints: perm } } });
  const split = emitter.node('Reshape', [
    batchFirst(emitter, x),
    emitter.sizes([n, groups, perGroup, h, w]),
  ]);
  const images = emitter.node('Reshape', [
    transpose(split, [2, 1, 0, 3, 4]),
    emitter.sizes([perGroup, mulDims(groups, n), h, w]),
  ]);
  const kernels = transpose(batchFirst(emitter, dY), [1, 0, 2, 3]);
  const all = emitter.node('Conv', [images, kernels], {
    attributes: {
      strides: { ints: dilation },
      dilations: { ints: stride },
      pads: { ints: padding },
      group: { int: groups },
    },
  });
  return transpose(crop(emitter, all, [0, 0], kernel), [1, 0, 2, 3]);
}
