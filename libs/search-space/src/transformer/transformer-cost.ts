/** @file What a vision transformer costs, in closed form. */
import { mlpWidth } from './transformer-encoding';
import type { TransformerArchitecture, TransformerSpace } from './transformer-space';

export const patchCount = ({ resolution, patch }: TransformerSpace): number =>
  (resolution / patch) ** 2;

const patchPixels = ({ input, patch }: TransformerSpace): number => input.channels * patch ** 2;

/** MACs of one block: projections 4·T·D·A, attention 2·T²·A, MLP 2·T·D·M, with A = heads·headSize. */
export function transformerBlockMacs(
  space: TransformerSpace,
  embedding: number,
  heads: number,
  mlpRatio: number,
): number {
  const t = patchCount(space);
  const a = heads * space.headSize;
  return 4 * t * embedding * a + 2 * t ** 2 * a + 2 * t * embedding * mlpWidth(embedding, mlpRatio);
}

/** MACs outside the blocks: patches and classifier. */
export const transformerFixedMacs = (space: TransformerSpace, embedding: number): number =>
  embedding * (patchCount(space) * patchPixels(space) + space.classes);

/** Multiply–accumulates of linear layers and attention for one image; 1 MAC = 2 FLOPs. */
export const transformerMacs = (
  space: TransformerSpace,
  { embedding, blocks }: TransformerArchitecture,
): number =>
  blocks.reduce(
    (total, { heads, mlpRatio }) => total + transformerBlockMacs(space, embedding, heads, mlpRatio),
    transformerFixedMacs(space, embedding),
  );

/** Trained numbers. */
export function transformerParams(
  space: TransformerSpace,
  { embedding: d, blocks }: TransformerArchitecture,
): number {
  const fixed = d * (patchPixels(space) + 1 + patchCount(space) + 2) + (d + 1) * space.classes;
  return blocks.reduce((total, { heads, mlpRatio }) => {
    const [a, m] = [heads * space.headSize, mlpWidth(d, mlpRatio)];
    return total + 4 * d + 3 * a * (d + 1) + d * (a + 1) + m * (d + 1) + d * (m + 1);
  }, fixed);
}
