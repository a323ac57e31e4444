/** @file Where each pixel belongs. */
import {
  pixelCrossEntropy,
  reshape,
  resize,
  softmax,
  toFeature,
  toPlain,
  transpose,
  productOf,
  type Dim,
  type Value,
} from '@sextant/engine';
import { allPaths } from '@sextant/search-space';
import type { SceneTask } from '../scene-task';
import { fusedMaps, output } from './fused-maps';
import { ignoredPixel, meanIntersectionOverUnion } from './mean-iou';

/** Class of each pixel, row by row; 255 where nothing is known. */
export type PixelLabel = Uint8Array;

export interface PixelPrediction {
  readonly classes: Uint8Array;
  /** Probability of each pixel's class. */
  readonly confidence: Float32Array;
}

export interface SegmentationOptions {
  /** Background included. */
  readonly classes: number;
  readonly height: number;
  readonly width: number;
  readonly headWidth?: number;
}

const stride = 4;

/**
 * Cross-entropy per cell of 4×4 pixels against the shares of the classes in it, from all four maps at 1/4; predictions are
 * resized to the image. Score: mean intersection over union of the classes.
 */
export function segmentation({
  classes,
  height,
  width,
  headWidth = 32,
}: SegmentationOptions): SceneTask<PixelLabel, PixelPrediction> {
  const [rows, columns] = [height / stride, width / stride];
  const cells = rows * columns;
  return {
    name: 'segmentation',
    metric: 'mIoU',
    reads: allPaths,
    head(maps, layers) {
      const name = 'heads.segmentation';
      const fused = fusedMaps(maps as [Value, ...Value[]], name, headWidth, layers);
      return { logits: output(fused, `${name}.output`, classes, layers) };
    },
    targetDims: (batchSize) => ({
      shares: [batchSize, classes, rows, columns],
      known: [batchSize * cells],
    }),
    loss: ({ logits }, { shares, known }) =>
      pixelCrossEntropy(logits as Value, toFeature(shares as Value), known as Value),
    predictions({ logits }) {
      const map = toPlain(resize(logits as Value, height, width, 'bilinear'));
      const pixels = productOf([map.type.dims[0] as Dim, height, width]);
      const probabilities = softmax(reshape(transpose(map, [0, 2, 3, 1]), [pixels, classes]));
      return { probabilities };
    },
    encode(labels) {
      const shares = new Float32Array(labels.length * classes * cells);
      const known = new Float32Array(labels.length * cells);
      labels.forEach((label, image) => {
        label.forEach((of, pixel) => {
          if (of === ignoredPixel) return;
          const row = Math.floor(pixel / width);
          const cell =
            Math.floor(row / stride) * columns + Math.floor((pixel - row * width) / stride);
          const at = (image * classes + of) * cells + cell;
          shares[at] = (shares[at] as number) + 1;
          known[image * cells + cell] = (known[image * cells + cell] as number) + 1;
        });
      });
      shares.forEach((count, at) => {
        const image = Math.floor(at / (classes * cells));
        const total = known[image * cells + (at % cells)] as number;
        if (count > 0) shares[at] = count / total;
      });
      known.forEach((count, at) => (known[at] = count / stride ** 2));
      return {
        shares: { data: shares, dims: [labels.length, classes, rows, columns] },
        known: { data: known, dims: [known.length] },
      };
    },
    mirrored(label) {
      const out = label.slice();
      for (let row = 0; row < out.length; row += width) out.subarray(row, row + width).reverse();
      return out;
    },
    decode(results) {
      const { data } = results['probabilities'] as { data: Float32Array };
      const pixels = height * width;
      return Array.from({ length: data.length / (pixels * classes) }, (_, image) => {
        const [of, confidence] = [new Uint8Array(pixels), new Float32Array(pixels)];
        for (let pixel = 0; pixel < pixels; pixel++) {
          const at = (image * pixels + pixel) * classes;
          let best = 0;
          for (let k = 1; k < classes; k++) {
            if ((data[at + k] as number) > (data[at + best] as number)) best = k;
          }
          of[pixel] = best;
          confidence[pixel] = data[at + best] as number;
        }
        return { classes: of, confidence };
      });
    },
    pseudoLabel: ({ classes: of, confidence }, least) =>
      of.map((label, pixel) => ((confidence[pixel] as number) < least ? ignoredPixel : label)),
    score: (predictions, labels) =>
      meanIntersectionOverUnion(
        predictions.map((prediction) => prediction.classes),
        labels,
        classes,
      ),
  };
}
