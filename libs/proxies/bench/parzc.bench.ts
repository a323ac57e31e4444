/**
 * @file What ParZC is worth on NAS-Bench-201, beside plainer predictors: trained on validation accuracies of 78 to 1,563 cells, Kendall τ-b
 * with the test accuracies of all 15,625. Node statistics are computed first where they are not kept from an earlier run.
 * SEXTANT_PARZC_METHODS and SEXTANT_PARZC_LABELS choose a part.
 */
import { childFile, median, run as runCommand } from '@sextant/common/testing';
import { meanInterval, type Interval } from '@sextant/statistics';
import { sizes, statisticsFile } from './parzc-table';

interface MethodRun {
  readonly runs: readonly {
    readonly tau: number;
    readonly tauTop: number;
    readonly seconds: number;
    readonly cpuSeconds: number;
  }[];
}

const seeds = 5;

/** Every method of the table, and where the labels' order is learned by other losses. */
const learned = ['parzc', 'ridgeOnParzcFeatures', 'ridge', 'paperFeatures', 'forest'] as const;
const constant = ['params', 'macs', 'rankMean'] as const;
const losses = [
  ...['mse', 'pairwise', 'diffKendall', 'diffKendall alpha 0.5'],
  ...['mse + pairwise', 'mse + diffKendall', 'pairwise + diffKendall', 'all'],
];
const lossLabels = [156, 781];

const wanted = (variable: string, all: readonly string[]): readonly string[] =>
  process.env[variable]?.split(',') ?? all;

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

function summary(values: readonly number[]) {
  const { value, lower, upper }: Interval = meanInterval(values);
  return { mean: rounded(value), interval: [rounded(lower), rounded(upper)], n: values.length };
}

const measure = (method: string, labels: number | string, dataset = 'c10'): MethodRun =>
  runCommand<MethodRun>(
    [
      process.execPath,
      childFile('parzc.child'),
      method,
      String(labels),
      String(seeds),
      '0',
      dataset,
    ],
    { pinned: false },
  );

export function run() {
  const statistics = runCommand<{ cells: number; cpuSecondsPerCell: number | null }>(
    [process.execPath, childFile('node-statistics.child'), statisticsFile],
    { pinned: false },
  );
  const labels = wanted('SEXTANT_PARZC_LABELS', sizes.map(String));
  const methods = wanted('SEXTANT_PARZC_METHODS', [...learned, ...constant, 'losses', 'cifar100']);
  const tau: Record<string, unknown> = {};
  const tauTop10Percent: Record<string, unknown> = {};
  const secondsPerFit: Record<string, unknown> = {};
  let secondsTrainAndRank: number | null = null;
  for (const method of learned.filter((name) => methods.includes(name))) {
    const results = labels.map((size) => [size, measure(method, size).runs] as const);
    const each = (of: (runs: MethodRun['runs']) => unknown) =>
      Object.fromEntries(results.map(([size, runs]) => [size, of(runs)]));
    tau[method] = each((runs) => summary(runs.map((it) => it.tau)));
    tauTop10Percent[method] = each((runs) => summary(runs.map((it) => it.tauTop)));
    secondsPerFit[method] = each((runs) => rounded(median(runs.map((it) => it.seconds))));
    const asked = results.find(([size]) => size === '156')?.[1];
    if (method === 'parzc' && asked) secondsTrainAndRank = median(asked.map((it) => it.seconds));
  }
  for (const method of constant.filter((name) => methods.includes(name))) {
    const [first] = measure(method, 78).runs;
    tau[method] = rounded(first!.tau);
    tauTop10Percent[method] = rounded(first!.tauTop);
  }
  return {
    ...{ statistics, seeds, tau, tauTop10Percent, secondsTrainAndRank, secondsPerFit },
    losses: methods.includes('losses') ? lossTable() : null,
    cifar100: methods.includes('cifar100') ? cifar100() : null,
  };
}

/** Two members each, at two numbers of labels. */
const lossTable = () =>
  Object.fromEntries(
    losses.map((loss) => [
      loss,
      Object.fromEntries(
        lossLabels.map((size) => [
          size,
          summary(measure(`loss ${loss}`, size).runs.map((it) => it.tau)),
        ]),
      ),
    ]),
  );

/** Labels and judgement from CIFAR-100, statistics still from CIFAR-10's images. */
const cifar100 = () =>
  Object.fromEntries(
    ['parzc', 'ridge'].map((method) => [
      method,
      Object.fromEntries(
        [156, 781].map((size) => [
          size,
          summary(measure(method, size, 'c100').runs.map((it) => it.tau)),
        ]),
      ),
    ]),
  );
