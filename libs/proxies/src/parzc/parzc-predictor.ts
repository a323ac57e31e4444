/** @file ParZC as a predictor: node statistics in, an order out, learned from few labels. */
import { ValidationError } from '@sextant/common';
import type { ArchitectureFeatures } from '../predictors/architecture-features';
import { requireEqualEncodings } from '../predictors/columns';
import type { FitOptions, Predictor } from '../predictors/predictor';
import {
  nodeSpaceOf,
  rowMaker,
  rowsOf,
  type ParzcFeatures,
  type RowMaker,
} from './features/parzc-features';
import type { NodeSpace } from './features/node-space';
import { labelAt, labelScale, normalScores, type LabelScale } from './label-scale';
import { mabnParameterCount, type MabnSizes } from './mabn/mabn-sizes';
import { scoreMabn } from './mabn/score-mabn';
import { fewestLabels, trainMabn, type MabnSettings } from './mabn/train-mabn';

export interface ParzcOptions {
  readonly features: ParzcFeatures;
  readonly sizes: Omit<MabnSizes, 'features'>;
  readonly settings: Omit<MabnSettings, 'steps'>;
  /** Steps of training: `least` and `perLabel` for each label. More steps than that learn few labels by heart. */
  readonly steps: { readonly least: number; readonly perLabel: number };
  /** Nodes and proxies to read; null: those of the labelled architectures. */
  readonly space: NodeSpace | null;
}

/**
 * What we found best on held-out validation accuracies of NAS-Bench-201 (docs/parzc.md). Differs from the paper in all of it: features
 * with scale, normal scores, a sixteenth of the width, an ensemble.
 */
export const parzcDefaults: ParzcOptions = {
  features: {
    ...{ profiles: ['log'], scores: true, encoding: true },
    ...{ quantiles: true, blocksCountFrom: 800 },
  },
  sizes: {
    ...{ project: 64, segments: 8, width: 32, depth: 2, head: 32, dropout: 0.1 },
    ...{ channelExpansion: 2, tokenExpansion: 0.5, tokenMixing: 'true' },
  },
  settings: {
    loss: { weights: { mse: 1, pairwise: 1, diffKendall: 0 }, alpha: 2 },
    ...{ weightDecay: 1e-3, batchSize: 32, learningRate: 2e-3, members: 4 },
  },
  steps: { least: 100, perLabel: 0.6 },
  space: null,
};

/** A trained ParZC; JSON. */
export interface ParzcState {
  readonly name: 'parzc';
  readonly maker: RowMaker;
  readonly sizes: MabnSizes;
  readonly scale: LabelScale;
  /** Parameters of each member: float32, little-endian, base64. */
  readonly members: readonly string[];
  readonly threads: number;
}

const encoded = (theta: Float32Array): string =>
  Buffer.from(theta.buffer, theta.byteOffset, theta.byteLength).toString('base64');

function decoded(text: string, sizes: MabnSizes): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  const count = mabnParameterCount(sizes);
  if (bytes.length !== 4 * count) {
    throw new ValidationError(`ParZC: ${bytes.length} bytes of parameters, expected ${4 * count}`);
  }
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** @throws {ValidationError} the parameters are not as many as the sizes say */
export function parzcPredictor(state: ParzcState): Predictor {
  const members = state.members.map((text) => decoded(text, state.sizes));
  return {
    name: 'parzc',
    async predict(features) {
      const options = { threads: state.threads, draws: 0, seed: 0 };
      const { mean, std } = await scoreMabn(
        rowsOf(features, state.maker),
        state.sizes,
        members,
        options,
      );
      const scores = mean.map((score) => labelAt(score, state.scale));
      // One deviation of the members, in the unit of labels at that place.
      const spread = mean.map(
        (score, at) =>
          (labelAt(score + std[at]!, state.scale) - labelAt(score - std[at]!, state.scale)) / 2,
      );
      return { scores, std: spread };
    },
    toJSON: () => state,
  };
}

/**
 * Trains ParZC on labelled architectures: labels to normal scores of their rank, features to standardised rows, several MABN.
 * The same seed, threads and machine give the same bits.
 * @throws {InsufficientDataError} fewer than 4 labels
 */
export async function fitParzc(
  features: readonly ArchitectureFeatures[],
  labels: Float64Array,
  { seed, threads, signal }: FitOptions,
  options: ParzcOptions = parzcDefaults,
): Promise<Predictor> {
  if (options.features.encoding) requireEqualEncodings(features, features[0]?.encoding.length ?? 0);
  const maker = rowMaker(features, options.features, options.space ?? nodeSpaceOf(features));
  const sizes = { ...options.sizes, features: maker.weights.length };
  const data = { rows: rowsOf(features, maker), targets: Float32Array.from(normalScores(labels)) };
  const run = { seed, threads, ...(signal ? { signal } : {}) };
  const { least, perLabel } = options.steps;
  const settings = { ...options.settings, steps: Math.round(least + perLabel * labels.length) };
  const members = await trainMabn(data, sizes, settings, run);
  return parzcPredictor({
    ...{ name: 'parzc', maker, sizes, threads },
    scale: labelScale(labels),
    members: members.map(encoded),
  });
}

export { fewestLabels };
