/** @file What is in an image: one class for all of it. */
import { crossEntropy, globalAvgPool, linear, softmax, type Value } from '@sextant/engine';
import { constant, convNorm, normal } from '@sextant/networks';
import { pathCount } from '@sextant/search-space';
import type { SceneTask } from '../scene-task';

/** A class, or null where nothing is known. */
export type ClassLabel = number | null;

export interface ClassPrediction {
  readonly label: number;
  /** Its probability. */
  readonly confidence: number;
}

export interface ClassificationOptions {
  readonly classes: number;
  readonly labelSmoothing?: number;
  /** Channels of the last 1×1 convolution. */
  readonly headWidth?: number;
}

const lastPath = pathCount - 1;

/**
 * Cross-entropy of the classes, from the map at 1/32: a 1×1 convolution, the mean over space, a linear layer. Images
 * without a label count as 0. Score: share of images whose most probable class is the label.
 */
export const classification = ({
  classes,
  labelSmoothing = 0.1,
  headWidth = 64,
}: ClassificationOptions): SceneTask<ClassLabel, ClassPrediction> => ({
  name: 'classification',
  metric: 'top-1 accuracy',
  reads: [lastPath],
  head(maps, layers) {
    const map = maps[lastPath] as Value;
    const inChannels = map.type.dims[1] as number;
    const name = 'heads.classification';
    const conv = {
      ...({ name: `${name}.conv`, kind: 'dense', kernel: 1, stride: 1 } as const),
      ...({ inChannels, outChannels: headWidth, activation: 'relu6' } as const),
    };
    const pooled = globalAvgPool(convNorm(map, conv, layers));
    const start = normal(Math.sqrt(1 / headWidth));
    const weight = layers.tensor(`${name}.weight`, [classes, headWidth], start);
    const bias = layers.tensor(`${name}.bias`, [classes], constant(0));
    return { logits: linear(pooled, weight, bias) };
  },
  targetDims: (batchSize) => ({ probabilities: [batchSize, classes] }),
  loss: ({ logits }, { probabilities }) => crossEntropy(logits as Value, probabilities as Value),
  predictions: ({ logits }) => ({ probabilities: softmax(logits as Value) }),
  encode(labels) {
    const data = new Float32Array(labels.length * classes);
    labels.forEach((label, row) => {
      if (label === null) return;
      const targets = data.subarray(row * classes, (row + 1) * classes);
      targets.fill(labelSmoothing / classes);
      targets[label] = (targets[label] as number) + 1 - labelSmoothing;
    });
    return { probabilities: { data, dims: [labels.length, classes] } };
  },
  mirrored: (label) => label,
  decode(results) {
    const { data, dims } = results['probabilities'] as { data: Float32Array; dims: number[] };
    return Array.from({ length: dims[0] as number }, (_, row) => {
      const probabilities = data.subarray(row * classes, (row + 1) * classes);
      const confidence = Math.max(...probabilities);
      return { label: probabilities.indexOf(confidence), confidence };
    });
  },
  pseudoLabel: ({ label, confidence }, least) => (confidence < least ? null : label),
  score: (predictions, labels) =>
    predictions.filter(({ label }, at) => label === labels[at]).length / labels.length,
});
