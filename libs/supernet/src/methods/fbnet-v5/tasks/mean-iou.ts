/** @file How well predicted regions cover true ones. */

/** Truth of a pixel of which nothing is known. */
export const ignoredPixel = 255;

/**
 * (1/K')·Σ_k |P_k ∩ T_k| / |P_k ∪ T_k| over the K' classes that occur in truth or prediction, pixels of all images
 * together; pixels whose truth is 255 are left out. In [0, 1]; 0 where no class occurs.
 * @see Everingham et al. 2010, The PASCAL Visual Object Classes Challenge, §4.3
 */
export function meanIntersectionOverUnion(
  predictions: readonly Uint8Array[],
  labels: readonly Uint8Array[],
  classes: number,
): number {
  const [shared, predicted, actual] = [0, 0, 0].map(() => new Float64Array(classes)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const count = (of: Float64Array, k: number) => (of[k] = (of[k] as number) + 1);
  labels.forEach((label, image) => {
    label.forEach((truth, pixel) => {
      if (truth === ignoredPixel) return;
      const guess = predictions[image]?.[pixel] as number;
      count(actual, truth);
      count(predicted, guess);
      if (guess === truth) count(shared, truth);
    });
  });
  const ratios = Array.from(shared, (both, k) => {
    const union = (actual[k] as number) + (predicted[k] as number) - both;
    return union === 0 ? null : both / union;
  }).filter((ratio) => ratio !== null);
  return ratios.length === 0 ? 0 : ratios.reduce((a, b) => a + b) / ratios.length;
}
