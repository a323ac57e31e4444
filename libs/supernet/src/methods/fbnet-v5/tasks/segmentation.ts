/** @file Where each pixel belongs. */
import {
  pixelCrossEntropy,
  reshape,
  resize,
  scale,
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
  /** Of the cross-entropy. */
  readonly lossWeight?: number;
}

const stride = 4;

/**
 * Cross-entropy per cell of 4×4 pixels against the shares of the classes in it, from all four maps at 1/4, times `lossWeight`;
 * predictions are resized to the image. Most cells are background, so the mean over them moves little: at the rate that suits
 * other tasks, a weight of 1 learns next to nothing in hundreds of steps. Score: mean intersection over union of the classes.
 */
export function segmentation({
  classes,
  height,
  width,
  headWidth = 16,
  lossWeight = 4,
}: SegmentationOptions): SceneTask<PixelLabel, PixelPrediction> {
  const [rows, columns] = [height / stride, width / stride];
  const cells = rows * columns;
  const cellOf = Uint32Array.from({ length: height * width }, (_, pixel) => {
    const row = Math.floor(pixel / width);
    return Math.floor(row / stride) * columns + Math.floor((pixel - row * width) / stride);
  });

  /** Shares of the classes [classes, cells] among the known pixels of each cell, and the share of those [cells]. */
  function countPixels(label: PixelLabel, shares: Float32Array, known: Float32Array): void {
    for (let pixel = 0; pixel < label.length; pixel++) {
      const of = label[pixel] as number;
      if (of === ignoredPixel) continue;
      const cell = cellOf[pixel] as number;
      const at = of * cells + cell;
      shares[at] = (shares[at] as number) + 1;
      known[cell] = (known[cell] as number) + 1;
    }
    for (let at = 0; at < shares.length; at++) {
      const count = shares[at] as number;
      if (count > 0) shares[at] = count / (known[at % cells] as number);
    }
    for (let cell = 0; cell < cells; cell++) known[cell] = (known[cell] as number) / stride ** 2;
  }

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
      scale(
        pixelCrossEntropy(logits as Value, toFeature(shares as Value), known as Value),
        lossWeight,
      ),
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
        const ofImage = shares.subarray(image * classes * cells, (image + 1) * classes * cells);
        countPixels(label, ofImage, known.subarray(image * cells, (image + 1) * cells));
      });
      return {
        shares: { data: shares, dims: [labels.length, classes, rows, columns] },
        known: { data: known, dims: [known.length] },
      };
    },
    mirrored(label) {
      // a copy also of a Buffer, whose slice is the same memory
      const out = Uint8Array.from(label);
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
