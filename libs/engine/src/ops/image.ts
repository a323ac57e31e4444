/** @file From raw pixels to a normalised feature map at the resolution an architecture asks for. */
import { ShapeError } from '@sextant/common';
import { dimsKey, isStatic, sameDims, type Dim } from '../graph/dims';
import { zerosOf } from '../graph/float64-tensor';
import { feature, type Value } from '../graph/value';
import { emitResize } from '../lowering/resampling';
import { apply, defineOp, typeAt } from './define-op';
import { resamplingMatrix } from '../graph/resampling-matrix';
import { resizeReference } from './resize';

interface ImageAttributes {
  /** Per channel, of pixels / 255. */
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
  readonly height: Dim;
  readonly width: Dim;
}

export const imageOp = defineOp<ImageAttributes>({
  name: 'image',
  infer(types, { mean, standardDeviation, height, width }) {
    const pixels = typeAt(types, 0, 4);
    const [n, c] = pixels.dims as readonly [Dim, Dim, Dim, Dim];
    if (pixels.dtype !== 'uint8')
      throw new ShapeError(`pixels are ${pixels.dtype}, expected uint8`);
    if (!isStatic(pixels.dims.slice(2)))
      throw new ShapeError('the size of the images must be known');
    if (mean.length !== c || standardDeviation.length !== c) {
      throw new ShapeError(`${mean.length} means for ${dimsKey([c])} channels`);
    }
    return [feature([n, c, height, width])];
  },
  reference([pixels], { mean, standardDeviation, height, width }, size) {
    if (!pixels) return [];
    const [, c = 1, h = 1, w = 1] = pixels.dims;
    const normalised = zerosOf(pixels.dims);
    pixels.data.forEach((value, at) => {
      const channel = Math.floor(at / (h * w)) % c;
      const centred = value / 255 - (mean[channel] as number);
      normalised.data[at] = centred / (standardDeviation[channel] as number);
    });
    const to = [size(height), size(width)] as const;
    const matrices = [
      resamplingMatrix(h, to[0], 'bicubic'),
      resamplingMatrix(w, to[1], 'bicubic'),
    ] as const;
    return [resizeReference(normalised, to, matrices)];
  },
  emit(emitter, { inputs: [value], attributes }, [pixels = '']) {
    const { mean, standardDeviation, height, width } = attributes;
    const perChannel = (values: readonly number[]): string =>
      emitter.floats(values, [1, values.length, 1, 1]);
    const floats = emitter.node('Cast', [pixels], { attributes: { to: { int: 1 } } });
    const scaled = emitter.node('Mul', [
      floats,
      perChannel(standardDeviation.map((deviation) => 1 / (255 * deviation))),
    ]);
    const offset = mean.map((m, channel) => m / (standardDeviation[channel] as number));
    const normalised = emitter.node('Sub', [scaled, perChannel(offset)]);
    const from = value?.type.dims.slice(2) as unknown as readonly [number, number];
    const to = [height, width] as const;
    const resized = sameDims(from, to)
      ? normalised
      : emitResize(emitter, normalised, [from, to], 'bicubic');
    if (emitter.lowering.featureOrder === 'NCHW') return [resized];
    return [emitter.node('Transpose', [resized], { attributes: { perm: { ints: [1, 0, 2, 3] } } })];
  },
});

/**
 * out = resize((pixels/255 − mean)/standardDeviation), bicubic with half-pixel centres when the size changes.
 * Shapes: pixels uint8 [N,C,H,W] in 0..255 → feature [N,C,height,width]. No gradient flows into pixels.
 * @throws {ShapeError} pixels are not uint8 of rank 4, or a statistic is missing for a channel
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3 — children resize the same batch
 */
export const image = (pixels: Value, attributes: ImageAttributes): Value =>
  apply(imageOp, [pixels], attributes);
