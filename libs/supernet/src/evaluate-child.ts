/** @file A child's own statistics, its exported model, and what that model predicts. */
import { Session } from '@sextant/engine';
import { calibrationModel, normalisedLayers, type Child, type Statistics } from './child-models';
import { gather, type LabelledImages } from './image-batches';
import type { ImageFormat } from './pass-graph';

/** Images a run. */
export const calibrationBatch = 128;
export const inferenceBatch = 250;

/** Called before each run of a model; what it throws ends the work, with the session released. */
export type BeforeRun = () => Promise<void>;
const goOn: BeforeRun = () => Promise.resolve();

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

const imageDims = (count: number, { channels, height, width }: ImageFormat): number[] => [
  count,
  channels,
  height,
  width,
];

/**
 * Means of the batch statistics over the first ⌊images/128⌋ (at least one) batches of `set`, in order: μ = Σ μ_b / B, and
 * the same for σ². Deterministic.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.5
 */
export async function calibrate(
  child: Child,
  set: LabelledImages,
  format: ImageFormat,
  images: number,
  threads: number,
  beforeRun: BeforeRun = goOn,
): Promise<Statistics> {
  const batchSize = Math.min(calibrationBatch, set.count);
  const batches = Math.max(1, Math.floor(Math.min(images, set.count) / batchSize));
  const session = await Session.create(calibrationModel(child, format, batchSize), {
    threads,
    optimization: 'all',
    allocation: 'asNeeded',
  });
  const sums = new Map<string, Float32Array>();
  try {
    for (let batch = 0; batch < batches; batch++) {
      const indices = range(batch * batchSize, (batch + 1) * batchSize);
      await beforeRun();
      const { images: data } = gather(set, indices, format.width);
      const results = await session.run({ image: { data, dims: imageDims(batchSize, format) } });
      for (const [name, { data: values }] of Object.entries(results)) {
        const sum = sums.get(name) ?? new Float32Array(values.length);
        sum.forEach((before, at) => (sum[at] = before + Number(values[at]) / batches));
        sums.set(name, sum);
      }
    }
  } finally {
    await session.release();
  }
  return new Map(
    normalisedLayers(child).map((name) => [
      name,
      {
        mean: sums.get(`${name}.mean`) as Float32Array,
        variance: sums.get(`${name}.variance`) as Float32Array,
      },
    ]),
  );
}

/** The class an exported model gives each image of `set`: the largest logit, the first of equals. */
export async function predict(
  model: Uint8Array,
  set: LabelledImages,
  format: ImageFormat,
  threads: number,
  beforeRun: BeforeRun = goOn,
): Promise<Uint8Array> {
  const session = await Session.create(model, {
    threads,
    optimization: 'all',
    allocation: 'asNeeded',
  });
  const predictions = new Uint8Array(set.count);
  try {
    for (let start = 0; start < set.count; start += inferenceBatch) {
      const indices = range(start, Math.min(set.count, start + inferenceBatch));
      const { images } = gather(set, indices, format.width);
      await beforeRun();
      const results = await session.run({
        image: { data: images, dims: imageDims(indices.length, format) },
      });
      const logits = results['logits']?.data as Float32Array;
      const classes = logits.length / indices.length;
      indices.forEach((index, row) => {
        const scores = logits.subarray(row * classes, (row + 1) * classes);
        predictions[index] = scores.indexOf(Math.max(...scores));
      });
    }
  } finally {
    await session.release();
  }
  return predictions;
}

/** Number of predictions that equal their label. */
export const countCorrect = (predictions: Uint8Array, labels: Uint8Array): number =>
  predictions.reduce((correct, prediction, at) => correct + Number(prediction === labels[at]), 0);
