/**
 * @file ParZC in spaces of inverted residuals and of transformers: 48 networks of each, trained on 1,000 digits, predictors fitted on 24 of
 * them and judged by Kendall τ-b on the other 24, five times.
 */
import { rng } from '@sextant/common';
import { bootstrapInterval, kendallTauB } from '@sextant/statistics';
import { fitPredictor, type PredictorName } from '../src';
import {
  drawnMbconv,
  drawnTransformers,
  labelledNetworks,
  type LabelledNetwork,
} from '../testing/digit-spaces';
import { readDigits } from '../testing/trained-accuracy';

const [count, labelled, splits] = [48, 24, 5];
const names = ['parzc', 'random-forest', 'kernel-ridge', 'rank-mean', 'params', 'macs'] as const;

/** τ on the held-out half; its interval is over the networks of that half. */
async function judged(name: PredictorName, networks: readonly LabelledNetwork[], split: number) {
  const order = rng(split, 'split').shuffle([...networks]);
  const [train, held] = [order.slice(0, labelled), order.slice(labelled)];
  const { predictor } = await fitPredictor({
    ...{ name, features: train.map(({ features }) => features) },
    ...{ labels: train.map(({ accuracy }) => accuracy), seed: split, threads: 1 },
  });
  const { scores } = await predictor.predict(held.map(({ features }) => features));
  const truth = held.map(({ accuracy }) => accuracy);
  const { value, lower, upper } = bootstrapInterval(
    kendallTauB,
    { x: scores, y: truth },
    { rng: rng(split, 'bootstrap') },
  );
  return [value, lower, upper].map((it) => Math.round(it * 1000) / 1000);
}

async function report(networks: readonly LabelledNetwork[]) {
  const accuracies = networks.map(({ accuracy }) => accuracy).sort((a, b) => a - b);
  const tau: Record<string, unknown> = {};
  for (const name of names) {
    const each: number[][] = [];
    for (let split = 0; split < splits; split++) each.push(await judged(name, networks, split));
    const mean = each.reduce((sum, [value]) => sum + value!, 0) / splits;
    tau[name] = { mean: Math.round(mean * 1000) / 1000, each };
  }
  return {
    n: networks.length,
    labels: labelled,
    accuracy: { least: accuracies[0], median: accuracies[count / 2], most: accuracies.at(-1) },
    tau,
  };
}

export async function run() {
  const [data, before] = [readDigits(), process.cpuUsage()];
  const settings = { batchSize: 64, seed: 1 };
  const mbconv = await report(
    await labelledNetworks(drawnMbconv(count), data, {
      ...settings,
      steps: 60,
      learningRate: 2e-3,
    }),
  );
  const transformers = await report(
    await labelledNetworks(drawnTransformers(count), data, { ...settings, steps: 100, learningRate: 2e-3 }), // prettier-ignore
  );
  const { user, system } = process.cpuUsage(before);
  return { mbconv, transformers, cpuSeconds: (user + system) / 1e6 };
}
