/**
 * @file ProxylessNAS: what it finds against random networks of the same latency trained alike, the memory of its search against
 * training one network, and what a step costs with more operations to choose from.
 */
import { rng, type Rng } from '@sextant/common';
import { bigNasPresets, proxylessNasPresets } from '@sextant/contracts';
import { childFile, cpuOf, runChild } from '@sextant/common/testing';
import { probeLowerings } from '@sextant/engine';
import { searchSpaces, type Architecture } from '@sextant/search-space';
import {
  architectureOf,
  familyOf,
  pathCost,
  ProxylessNasTrainer,
  searchEdges,
  StandAloneTrainer,
  type Path,
  type PathCosts,
} from '@sextant/supernet';
import { pathSteps } from '@sextant/supernet/testing';
import { blockLatencies } from './methods/block-latencies';
import { accuracyOf } from './methods/children';
import { finish, inWords, markdownTable, overSeeds, preset, storedRun } from './methods/part';
import { fashionTask } from './methods/tasks';
import { train } from './methods/train-for';

const { seeds, warmUpEpochs, searchEpochs, trainingEpochs, randoms, timedSteps } = {
  quick: {
    seeds: [1, 2],
    warmUpEpochs: 1,
    searchEpochs: 3,
    trainingEpochs: 2,
    randoms: 2,
    timedSteps: 4,
  },
  full: {
    seeds: [1, 2, 3],
    warmUpEpochs: 5,
    searchEpochs: 15,
    trainingEpochs: 12,
    randoms: 8,
    timedSteps: 20,
  },
}[preset];
const lowerings = await probeLowerings();
const { dataset, name, exam } = await fashionTask('mbconv-fashion-mnist-v1');
const space = searchSpaces['proxyless-fashion-mnist-v1'];
const family = familyOf(space);
const edges = searchEdges(space);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);

/** Random networks are as costly as the found one to this fraction. */
const tolerance = 0.03;
const mostDraws = 200_000;

/** A uniform draw of as much latency; of draws that all miss, the nearest. */
function randomPath(costs: PathCosts, target: number, draw: Rng): Path {
  let [best, miss] = [[] as Path, Infinity];
  for (let at = 0; at < mostDraws && miss > tolerance; at++) {
    const path = edges.map(({ candidates }) => draw.int(candidates.length));
    const own = Math.abs(pathCost(costs, path) / target - 1);
    if (own < miss) [best, miss] = [path, own];
  }
  return best;
}

interface Network {
  readonly latencyMs: number;
  readonly accuracy: number;
}

interface Run {
  readonly seed: number;
  readonly searchCpuSeconds: number;
  readonly found: Network;
  readonly random: readonly Network[];
}

async function trainedAccuracy(architecture: Architecture, seed: number): Promise<number> {
  const settings = { ...bigNasPresets.cpu, epochs: trainingEpochs };
  const input = { space, train: dataset.train, format: dataset, seed, threads: 1, lowerings };
  const { state } = await train(
    (given) => StandAloneTrainer.create({ ...given, space, architecture }),
    { ...input, settings },
  );
  const { theta } = state.vectors;
  return accuracyOf({ family, architecture, theta }, dataset, dataset.train, exam);
}

async function runOnce(costs: PathCosts, seed: number): Promise<Run> {
  const settings = {
    ...proxylessNasPresets.cpu,
    ...{ warmUpEpochs, searchEpochs, trainingEpochs: 0, costs },
  };
  const common = { space, train: dataset.train, format: dataset, seed, threads: 1, lowerings };
  let found: Path = [];
  const ms = await cpuOf(async () => {
    const trainer = await ProxylessNasTrainer.create({ ...common, settings });
    while (!trainer.isFinished) await trainer.step();
    await trainer.release();
    found = trainer.path;
  });
  const networkOf = async (path: Path): Promise<Network> => ({
    latencyMs: pathCost(costs, path),
    accuracy: await trainedAccuracy(architectureOf(space, edges, path), seed),
  });
  const foundNetwork = await networkOf(found);
  const draw = rng(seed, 'random networks');
  const random: Network[] = [];
  for (let at = 0; at < randoms; at++) {
    random.push(await networkOf(randomPath(costs, foundNetwork.latencyMs, draw)));
  }
  return { seed, searchCpuSeconds: ms / 1000, found: foundNetwork, random };
}

const modes = ['two', 'recompute', 'full'] as const;
interface Peak {
  readonly baseBytes: number;
  readonly peakBytes: number;
}

/** Peak memory of a search over that of training the largest network alone, whole processes; by mode and seed. */
async function memory() {
  const bySeed = [];
  for (const seed of seeds) {
    const peakOf = (mode: string): Promise<Peak> =>
      runChild<Peak>(childFile('proxyless-memory.child'), [mode, String(seed)]);
    const one = await peakOf('one');
    const peaks: [string, Peak][] = [];
    for (const mode of modes) peaks.push([mode, await peakOf(mode)]);
    bySeed.push({
      one,
      searches: Object.fromEntries(peaks) as Record<(typeof modes)[number], Peak>,
    });
  }
  return bySeed;
}

const operationCounts = [2, 4, 6, 8] as const;

/** CPU ms of a weight step and an architecture step by number of operations; counts take turns step by step, so that drift hits all. */
async function stepCosts() {
  const steps = [];
  const square = { channels: dataset.channels, height: dataset.height, width: dataset.width };
  const format = { ...square, mean: dataset.mean, standardDeviation: dataset.standardDeviation };
  for (const operations of operationCounts) {
    const made = await pathSteps({ space, format, batchSize: 64, operations, lowerings });
    await made.step();
    steps.push(made);
  }
  const rounds: number[][] = [];
  for (let round = 0; round < 5; round++) {
    const costs = steps.map(() => 0);
    for (let at = 0; at < timedSteps; at++) {
      for (const [which, made] of steps.entries()) {
        costs[which] = (costs[which] as number) + (await cpuOf(() => made.step())) / timedSteps;
      }
    }
    rounds.push(costs);
  }
  for (const made of steps) await made.release();
  return rounds;
}

/** Relative growth of the cost from the fewest to the most operations, by the line of least squares. */
function growth(costs: readonly number[]): number {
  const [mx, my] = [mean(operationCounts), mean(costs)];
  const sums = operationCounts.map((x) => (x - mx) ** 2);
  const slope =
    operationCounts.reduce<number>(
      (sum, x, at) => sum + (x - mx) * ((costs[at] as number) - my),
      0,
    ) / sums.reduce((a, b) => a + b, 0);
  const [first, last] = [operationCounts[0], operationCounts[3]];
  return (slope * (last - first)) / (my + slope * (first - mx));
}

const peaks = await memory();
const rounds = await stepCosts();
const costs = await blockLatencies(space);
const runs: Run[] = [];
for (const seed of seeds) {
  const epochs = [warmUpEpochs, searchEpochs, trainingEpochs];
  const recipes = [proxylessNasPresets.cpu, bigNasPresets.cpu];
  const settings = { part: 'proxyless-nas', space: space.name, recipes, epochs, randoms, seed };
  runs.push(await storedRun(settings, () => runOnce(costs, seed)));
}

const ratioOf = (mode: (typeof modes)[number], above: boolean): number[] =>
  peaks.map(({ one, searches }) => {
    const search = searches[mode];
    const bytes = (it: Peak): number => it.peakBytes - (above ? it.baseBytes : 0);
    return bytes(search) / bytes(one);
  });
const memoryRatios = Object.fromEntries(
  modes.map((mode) => [
    mode,
    { whole: overSeeds(ratioOf(mode, false)), aboveStart: overSeeds(ratioOf(mode, true)) },
  ]),
);
const gains = runs.map(
  ({ found, random }) => found.accuracy - mean(random.map((it) => it.accuracy)),
);
const figures = {
  memoryRatio: overSeeds(ratioOf('two', false)),
  gainOverRandom: overSeeds(gains),
  stepCostSlope: overSeeds(rounds.map(growth)),
  memoryRatios,
  peaks,
  stepCpuMs: { operations: operationCounts, rounds },
  runs,
};

const mebibytes = (bytes: number): string => String(Math.round(bytes / 2 ** 20));
const meanPeak = (of: (it: (typeof peaks)[number]) => Peak): string =>
  mebibytes(mean(peaks.map((it) => of(it).peakBytes)));
finish({
  figures,
  tables: [
    markdownTable(
      `Peak memory of ${peaks.length} processes each, batch 64 at 3×32×32, the path that runs being the network beside it`,
      ['', 'MiB', 'over one network', 'the same, less what the process has at its start'],
      [
        ['one network, trained alone', meanPeak(({ one }) => one), '', ''],
        ...modes.map((mode) => [
          `search, \`${mode}\``,
          meanPeak(({ searches }) => searches[mode]),
          inWords(overSeeds(ratioOf(mode, false)), 2),
          inWords(overSeeds(ratioOf(mode, true)), 2),
        ]),
      ],
    ),
    markdownTable(
      'CPU ms of a weight step and an architecture step of two paths, 28×28, batch 64, by operations of every edge',
      ['operations', ...operationCounts.map(String), 'growth from 2 to 8, percent'],
      [
        [
          'CPU ms',
          ...operationCounts.map((_, at) => mean(rounds.map((it) => it[at] as number)).toFixed(1)),
          inWords(overSeeds(rounds.map((it) => 100 * growth(it)))),
        ],
      ],
    ),
    markdownTable(
      `${name}: ${runs.length} seeds; ${randoms} random networks each, of the latency of the found one to ${100 * tolerance} %; all trained alone for ${trainingEpochs} epochs, accuracy in percent on ${exam.count} test images`,
      [
        'seed',
        'search, CPU s',
        'ms, sum of blocks',
        'found',
        'random, mean',
        'random, best',
        'gain',
      ],
      [
        ...runs.map(({ seed, searchCpuSeconds, found, random }, at) => {
          const all = random.map((it) => it.accuracy);
          return [
            String(seed),
            searchCpuSeconds.toFixed(0),
            found.latencyMs.toFixed(3),
            found.accuracy.toFixed(1),
            mean(all).toFixed(1),
            Math.max(...all).toFixed(1),
            (gains[at] as number).toFixed(1),
          ];
        }),
        ['all', '', '', '', '', '', inWords(overSeeds(gains))],
      ],
    ),
  ],
});
