/** @file What pixels are normalised by. */
import type { ImageSet } from './dataset';

/** Mean and deviation of pixels / 255 per channel. */
export function statistics(
  { images, count }: Pick<ImageSet, 'images' | 'count'>,
  channels: number,
): { readonly mean: readonly number[]; readonly standardDeviation: readonly number[] } {
  const plane = images.length / count / channels;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  images.forEach((byte, at) => {
    const c = Math.floor(at / plane) % channels;
    sums[c] = (sums[c] as number) + byte / 255;
    squares[c] = (squares[c] as number) + (byte / 255) ** 2;
  });
  const n = count * plane;
  const mean = Array.from(sums, (sum) => sum / n);
  const standardDeviation = Array.from(squares, (square, c) =>
    Math.sqrt(Math.max(1e-12, square / n - (mean[c] as number) ** 2)),
  );
  return { mean, standardDeviation };
}
