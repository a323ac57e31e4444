/** @file ProxylessNAS's space for ImageNet as the blocks of a lookup table. */
import type { BlockKey, InvertedResidualKey, MapSize } from './block-key';

/** One searchable position: its blocks, and whether it may be left out (an identity, which costs nothing). */
export interface BlockSlot {
  readonly choices: readonly InvertedResidualKey[];
  readonly mayBeSkipped: boolean;
}

const widths = [24, 40, 80, 96, 192, 320] as const;
const depths = [4, 4, 4, 4, 4, 1] as const;
const strides = [2, 2, 2, 1, 2, 1] as const;
const kernels = [3, 5, 7] as const;
const expansions = [3, 6] as const;

const block = (
  input: MapSize,
  output: MapSize,
  expand: number,
  kernel: number,
  stride: number,
  hasSkip: boolean,
): InvertedResidualKey => ({
  layer: 'expanded_conv',
  input,
  output,
  expand,
  kernel,
  stride,
  hasSkip,
  v3: null,
});

/** Stem, first block, last convolution and classifier, which every network of the space has. */
export const proxylessFixedBlocks: readonly BlockKey[] = [
  { layer: 'Conv', input: [224, 224, 3], output: [112, 112, 32] },
  block([112, 112, 32], [112, 112, 16], 1, 3, 1, false),
  { layer: 'Conv_1', input: [7, 7, 320], output: [7, 7, 1280] },
  { layer: 'Logits', input: [7, 7, 1280], output: [1000] },
];

function slotAt(input: MapSize, width: number, stride: number): BlockSlot {
  const output: MapSize = [input[0] / stride, input[1] / stride, width];
  const mayBeSkipped = stride === 1 && input[2] === width;
  const choices = expansions.flatMap((expand) =>
    kernels.map((kernel) => block(input, output, expand, kernel, stride, mayBeSkipped)),
  );
  return { choices, mayBeSkipped };
}

/**
 * The 21 searchable positions at 224×224: kernels 3, 5, 7 × expansions 3, 6 each, 15 of them may be skipped.
 * Choices go by expansion, then kernel.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332
 */
export function proxylessSlots(): BlockSlot[] {
  const slots: BlockSlot[] = [];
  let input: MapSize = [112, 112, 16];
  widths.forEach((width, stage) => {
    for (let at = 0; at < (depths[stage] ?? 0); at++) {
      const slot = slotAt(input, width, at === 0 ? (strides[stage] ?? 1) : 1);
      slots.push(slot);
      input = slot.choices[0]?.output ?? input;
    }
  });
  return slots;
}
