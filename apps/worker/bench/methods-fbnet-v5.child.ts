/**
 * @file FBNetV5: what a step for three tasks costs over a step for one, and what a search for all of them finds against random
 * networks of the same cost and against a search for each task alone, all trained alike from fresh weights.
 */
import { rng } from '@sextant/common';
import { fbNetV5Presets } from '@sextant/contracts';
import { cpuOf, median } from '@sextant/common/testing';
import { probeLowerings } from '@sextant/engine';
import {
  fullTopology,
  pruneTopology,
  sampleTopology,
  topologyMacs,
  topologySpaces,
  type Topology,
} from '@sextant/search-space';
import {
  deriveTopologies,
  FbNetV5Trainer,
  NetworkTrainer,
  scoreNetwork,
  type TaskSource,
} from '@sextant/supernet';
import { finish, inWords, markdownTable, overSeeds, preset, storedRun } from './methods/part';
import { openGarments, sceneTaskNames, type SceneTaskName } from './methods/scenes';

const { target, searched, tested, randoms, trainingSteps, costRounds, settings } = {
  quick: {
    ...{ target: 800, searched: 1200, tested: 200, randoms: 1, trainingSteps: 20, costRounds: 8 },
    settings: { ...fbNetV5Presets.quick, teacherSteps: 20, steps: 60 },
  },
  full: {
    ...{ target: 3000, searched: 3000, tested: 1000, randoms: 2, trainingSteps: 300 },
    ...{ costRounds: 24, settings: { ...fbNetV5Presets.quick, teacherSteps: 300, steps: 1000 } },
  },
}[preset];
const seeds = [1, 2, 3];
const threads = 1;
/** Random networks are as costly as the found one to this fraction. */
const tolerance = 0.05;
const mostDraws = 20_000;

const space = topologySpaces['scenes-small'];
const lowerings = await probeLowerings();
const garments = await openGarments();
if (!garments) {
  const skipped = 'no fashion_scenes in SEXTANT_DATA';
  finish({ figures: { skipped }, tables: [] });
  process.exit(0);
}
const { format } = garments;
const labelled = garments.some(garments.train, 0, target);
const unlabelled = garments.some(garments.train, target, target + searched);
const exam = garments.some(garments.test, 0, tested);
/** The classes of the scenes searched on are known; a teacher gives them masks and boxes. */
const sources: Readonly<Record<SceneTaskName, TaskSource>> = {
  classification: { task: unlabelled.tasks.classification },
  segmentation: { task: labelled.tasks.segmentation, target: labelled.images },
  detection: { task: labelled.tasks.detection, target: labelled.images },
};
const common = { space, format, threads, lowerings };

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value / values.length, 0);

/** CPU ms of a step for all tasks and for each alone, over the same architectures; searches take turns. */
async function stepCosts(seed: number): Promise<Readonly<Record<'three' | SceneTaskName, number>>> {
  const steps = 1000;
  const without = { ...settings, warmUpFraction: 0, samples: 1, topologyEvery: 4, steps };
  const searchFor = (names: readonly SceneTaskName[]): FbNetV5Trainer =>
    FbNetV5Trainer.create({
      ...{ ...common, seed, settings: without, images: unlabelled.images },
      tasks: names.map((name) => ({ task: unlabelled.tasks[name] })),
    });
  const searches = [
    ['three', searchFor(sceneTaskNames)] as const,
    ...sceneTaskNames.map((name) => [name, searchFor([name])] as const),
  ];
  const times = { three: [], classification: [], segmentation: [], detection: [] } as Record<
    'three' | SceneTaskName,
    number[]
  >;
  // A round is three steps of the weights and one of the distributions; the first one makes the sessions.
  for (let round = 0; round <= costRounds; round++) {
    for (const [name, search] of searches) {
      const ms = await cpuOf(async () => {
        for (let step = 0; step < without.topologyEvery; step++) await search.step();
      });
      if (round > 0) times[name].push(ms / without.topologyEvery);
    }
  }
  for (const [, search] of searches) await search.release();
  return {
    three: median(times.three),
    classification: median(times.classification),
    segmentation: median(times.segmentation),
    detection: median(times.detection),
  };
}

interface Search {
  readonly cpuSeconds: number;
  readonly topologies: readonly Topology[];
}

/** The likeliest network of each task. */
async function search(names: readonly SceneTaskName[], seed: number): Promise<Search> {
  const trainer = FbNetV5Trainer.create({
    ...{ ...common, seed, settings, images: unlabelled.images },
    tasks: names.map((name) => sources[name]),
  });
  const ms = await cpuOf(async () => {
    while (!trainer.isFinished) await trainer.step();
    await trainer.release();
  });
  const topologies = names.map((name, at) => {
    const logits = trainer.distributions[at] as Float32Array;
    const [topology] = deriveTopologies(space, logits, readsOf(name), 0, rng(seed));
    return topology as Topology;
  });
  return { cpuSeconds: ms / 1000, topologies };
}

const readsOf = (name: SceneTaskName): readonly number[] => labelled.tasks[name].reads;
const macsOf = (name: SceneTaskName, topology: Topology): number =>
  topologyMacs(space, topology, format, readsOf(name));

interface Network {
  readonly macs: number;
  /** Percent of the task's measure, on the test scenes. */
  readonly score: number;
}

/** From fresh weights on the labelled scenes. */
async function trained(name: SceneTaskName, topology: Topology, seed: number): Promise<Network> {
  const trainer = await NetworkTrainer.create({
    ...{ ...common, topology, seed, images: labelled.images, tasks: [labelled.tasks[name]] },
    settings: { ...settings, steps: trainingSteps },
  });
  while (!trainer.isFinished) await trainer.step();
  await trainer.release();
  const scores = await scoreNetwork(
    trainer.network,
    { images: exam.images, tasks: [exam.tasks[name]] },
    { set: labelled.images, images: 2048 },
    threads,
  );
  return { macs: macsOf(name, topology), score: 100 * (scores[name] as number) };
}

/** Each unit kept by chance, at a rate that is drawn too, of as many MACs; of draws that all miss, the nearest. */
function randomTopology(name: SceneTaskName, macs: number, draw: ReturnType<typeof rng>): Topology {
  let [best, miss] = [fullTopology(space), Infinity];
  for (let at = 0; at < mostDraws && miss > tolerance; at++) {
    const any = sampleTopology(space, draw.uniform(), draw);
    const topology = pruneTopology(space, any, readsOf(name));
    const own = Math.abs(macsOf(name, topology) / macs - 1);
    if (own < miss) [best, miss] = [topology, own];
  }
  return best;
}

interface Compared {
  readonly found: Network;
  readonly alone: Network;
  readonly full: Network;
  readonly random: readonly Network[];
}

async function compare(name: SceneTaskName, seed: number, found: Topology, alone: Topology) {
  const networks = {
    found: await trained(name, found, seed),
    alone: await trained(name, alone, seed),
    full: await trained(name, pruneTopology(space, fullTopology(space), readsOf(name)), seed),
  };
  const draw = rng(seed, 'random networks').fork(name);
  const random: Network[] = [];
  for (let at = 0; at < randoms; at++) {
    random.push(await trained(name, randomTopology(name, networks.found.macs, draw), seed));
  }
  return { ...networks, random };
}

async function runOnce(seed: number) {
  const shared = await search(sceneTaskNames, seed);
  const tasks: [SceneTaskName, Compared][] = [];
  let aloneCpuSeconds = 0;
  for (const [at, name] of sceneTaskNames.entries()) {
    const { cpuSeconds, topologies } = await search([name], seed);
    aloneCpuSeconds += cpuSeconds;
    const [alone] = topologies as [Topology];
    tasks.push([name, await compare(name, seed, shared.topologies[at] as Topology, alone)]);
  }
  return {
    ...{ seed, sharedCpuSeconds: shared.cpuSeconds, aloneCpuSeconds },
    tasks: Object.fromEntries(tasks) as Record<SceneTaskName, Compared>,
  };
}

type StepCost = Awaited<ReturnType<typeof stepCosts>>;
const runs: Awaited<ReturnType<typeof runOnce>>[] = [];
for (const seed of seeds) {
  const sizes = { target, searched, tested, randoms, trainingSteps };
  const all = { part: 'fbnet-v5', space: space.name, ...sizes, settings, seed };
  runs.push(await storedRun(all, () => runOnce(seed)));
}

const costs: StepCost[] = [];
for (const seed of seeds) costs.push(await stepCosts(seed));

const meanOfOne = (cost: StepCost): number => mean(sceneTaskNames.map((name) => cost[name]));
const ratiosTo = (of: (cost: StepCost) => number): number[] =>
  costs.map((cost) => cost.three / of(cost));
const meanRandom = ({ random }: Compared): number => mean(random.map(({ score }) => score));
const gainOf = (compared: Compared): number => compared.found.score - meanRandom(compared);
const gains = runs.map(({ tasks }) => mean(sceneTaskNames.map((name) => gainOf(tasks[name]))));
const over = (name: SceneTaskName, of: (compared: Compared) => number): string =>
  inWords(overSeeds(runs.map(({ tasks }) => of(tasks[name]))));
const meanMacs = (name: SceneTaskName, of: (compared: Compared) => Network): string =>
  (mean(runs.map(({ tasks }) => of(tasks[name]).macs)) / 1e6).toFixed(2);

finish({
  figures: {
    costRatio3to1: overSeeds(ratiosTo(meanOfOne)),
    gainOverRandom: overSeeds(gains),
    ...{ stepCpuMs: costs, runs },
  },
  tables: [
    markdownTable(
      `CPU ms of a search step, batch ${settings.batchSize} at 64×64, three of four being steps of the weights; ${seeds.length} seeds`,
      ['heads', 'CPU ms', 'three tasks over this'],
      [
        ...sceneTaskNames.map((name) => [
          name,
          mean(costs.map((cost) => cost[name])).toFixed(0),
          inWords(overSeeds(ratiosTo((cost) => cost[name])), 2),
        ]),
        [
          'one, mean of the three',
          mean(costs.map(meanOfOne)).toFixed(0),
          inWords(overSeeds(ratiosTo(meanOfOne)), 2),
        ],
        [
          'the three, one after another',
          mean(costs.map((cost) => 3 * meanOfOne(cost))).toFixed(0),
          inWords(overSeeds(ratiosTo((cost) => 3 * meanOfOne(cost))), 2),
        ],
        ['three tasks at once', mean(costs.map(({ three }) => three)).toFixed(0), ''],
      ],
    ),
    markdownTable(
      `Test scenes, percent; ${seeds.length} seeds; ${randoms} random networks each, of the MACs of the found one to ${100 * tolerance} %; all trained alone for ${trainingSteps} steps. A search for all tasks took ${mean(runs.map((it) => it.sharedCpuSeconds)).toFixed(0)} CPU s, the three alone ${mean(runs.map((it) => it.aloneCpuSeconds)).toFixed(0)}`,
      [
        'task',
        'measure',
        'million MACs',
        'found',
        'random, mean',
        'gain',
        'found alone',
        'its million MACs',
        'every unit kept',
        'its million MACs',
      ],
      sceneTaskNames.map((name) => [
        name,
        labelled.tasks[name].metric,
        meanMacs(name, ({ found }) => found),
        over(name, ({ found }) => found.score),
        over(name, meanRandom),
        over(name, gainOf),
        over(name, ({ alone }) => alone.score),
        meanMacs(name, ({ alone }) => alone),
        over(name, ({ full }) => full.score),
        meanMacs(name, ({ full }) => full),
      ]),
    ),
  ],
});
