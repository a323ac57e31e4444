/**
 * @file One method of the ParZC benchmark at one number of labels, for every seed: trained on validation accuracies, judged on the test
 * accuracies of all 15,625 cells. Arguments: method, labels, seeds, first seed, data set.
 */
import { ValidationError } from '@sextant/common';
import { fitKernelRidge, kendallTauB, ranks, tauInTop } from '@sextant/statistics';
import { labelledCells, readAccuracies, readCells } from './parzc-table';
import type { ArchitectureFeatures } from '../src/predictors/architecture-features';
import { fitPredictor } from '../src/predictors/fit-predictor';
import { rankMeanPredictor } from '../src/predictors/baselines';
import { paperNodeSpaces } from '../src/parzc/features/node-space';
import { nodeSpaceOf, rowMaker, rowsOf } from '../src/parzc/features/parzc-features';
import { normalScores } from '../src/parzc/label-scale';
import { fitParzc, parzcDefaults, type ParzcOptions } from '../src/parzc/parzc-predictor';
import type { RankLoss } from '../src/parzc/losses/rank-loss';

type Features = readonly ArchitectureFeatures[];
/** Scores of all classes from labelled ones. */
type Method = (
  labelled: Features,
  labels: Float64Array,
  all: Features,
  seed: number,
) => Promise<Float64Array>;

const threads = 1;

const byParzc =
  (options: ParzcOptions): Method =>
  async (labelled, labels, all, seed) => {
    const predictor = await fitParzc(labelled, labels, { seed, threads }, options);
    return (await predictor.predict(all)).scores;
  };

const named =
  (name: 'params' | 'macs' | 'random-forest' | 'kernel-ridge' | 'auto'): Method =>
  async (labelled, labels, all, seed) => {
    const { predictor } = await fitPredictor({ name, features: labelled, labels, seed, threads });
    return (await predictor.predict(all)).scores;
  };

/** The rows that ParZC reads, in kernel ridge regression: what the network adds to its features. */
const ridgeOnNodes: Method = (labelled, labels, all) => {
  const maker = rowMaker(labelled, parzcDefaults.features, nodeSpaceOf(labelled));
  const width = maker.weights.length;
  const rows = (features: Features): Float64Array[] => {
    const flat = rowsOf(features, maker);
    return features.map((_, at) => Float64Array.from(flat.subarray(at * width, (at + 1) * width)));
  };
  return Promise.resolve(fitKernelRidge(rows(labelled), normalScores(labels)).predict(rows(all)));
};

const withLoss = (mse: number, pairwise: number, diffKendall: number, alpha = 2): Method => {
  const loss: RankLoss = { weights: { mse, pairwise, diffKendall }, alpha };
  const settings = { ...parzcDefaults.settings, loss, members: 2 };
  return byParzc({ ...parzcDefaults, settings });
};

/** The paper's features, α and mixing, in a network of our size. */
const paperFeatures: ParzcOptions = {
  ...parzcDefaults,
  features: {
    ...{ profiles: ['min-max'], scores: false, encoding: false },
    ...{ quantiles: false, blocksCountFrom: null },
  },
  sizes: { ...parzcDefaults.sizes, tokenMixing: 'paper-code' },
  settings: {
    ...parzcDefaults.settings,
    loss: { weights: { mse: 1, pairwise: 1, diffKendall: 2 }, alpha: 0.5 },
  },
  space: paperNodeSpaces.nasBench201,
};

const rankMeanOf = ['nwot', 'paramCount', 'input_correlation', 'synflow'];
const methods: Readonly<Record<string, Method>> = {
  parzc: byParzc(parzcDefaults),
  forest: named('random-forest'),
  ridge: named('kernel-ridge'),
  ridgeOnParzcFeatures: ridgeOnNodes,
  params: named('params'),
  macs: named('macs'),
  rankMean: async (_labelled, _labels, all) =>
    (await rankMeanPredictor({ name: 'rank-mean', of: rankMeanOf }).predict(all)).scores,
  paperFeatures: byParzc(paperFeatures),
  'loss mse': withLoss(1, 0, 0),
  'loss pairwise': withLoss(0, 1, 0),
  'loss diffKendall': withLoss(0, 0, 1),
  'loss diffKendall alpha 0.5': withLoss(0, 0, 1, 0.5),
  'loss mse + pairwise': withLoss(1, 1, 0),
  'loss mse + diffKendall': withLoss(1, 0, 1),
  'loss pairwise + diffKendall': withLoss(0, 1, 1),
  'loss all': withLoss(1, 1, 1),
};

const [name = '', sizeText = '', seedsText = '5', firstSeed = '0', dataset = 'c10'] =
  process.argv.slice(2);
const method = methods[name];
if (!method)
  throw new ValidationError(`no method ${name}; there are: ${Object.keys(methods).join(', ')}`);

const { classes, classOf } = readCells();
const { validation, test } = readAccuracies(dataset as 'c10' | 'c100');
const all = classes.map((it) => (name === 'paperFeatures' ? it.paper : it.features));

const runs: {
  tau: number;
  tauTop: number;
  tauValidation: number;
  seconds: number;
  cpuSeconds: number;
}[] = [];
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(seedsText); seed++) {
  const picked = labelledCells(seed, Number(sizeText), classOf.length);
  const features = picked.map((index) => all[classOf[index]!]!);
  const labels = Float64Array.from(picked, (index) => validation[index]!);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const scores = await method(features, labels, all, seed);
  // Ranking is part of the time: 15,625 cells in order.
  const ofCells = ranks(Float64Array.from(classOf, (at) => scores[at]!));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const outside = new Set(picked);
  const others = [...classOf.keys()].filter((index) => !outside.has(index));
  runs.push({
    tau: kendallTauB(ofCells, test),
    tauTop: tauInTop(ofCells, test, 0.1),
    // Of cells without a label only: what alternatives are compared by.
    tauValidation: kendallTauB(
      others.map((index) => ofCells[index]!),
      others.map((index) => validation[index]!),
    ),
    seconds,
    cpuSeconds: (user + system) / 1e6,
  });
}
console.log(JSON.stringify({ name, labels: Number(sizeText), runs }));
