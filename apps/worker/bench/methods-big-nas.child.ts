/**
 * @file BigNAS: its smallest and largest child against single-path training of uniform draws for the same processor time, and its
 * children's inherited accuracy against each trained by itself for as many epochs.
 */
import { rng } from '@sextant/common';
import { bigNasPresets, shiftNasPresets } from '@sextant/contracts';
import { probeLowerings } from '@sextant/engine';
import type { Architecture, SearchSpace } from '@sextant/search-space';
import { bootstrapInterval, kendallTauB } from '@sextant/statistics';
import {
  familyOf,
  ShiftNasTrainer,
  StandAloneTrainer,
  supernetMethods,
  type AnySpace,
  type BigNasSettings,
  type LabelledImages,
  type ShiftNasSettings,
  type TrainerInput,
} from '@sextant/supernet';
import { accuracyOf, architectureNear } from './methods/children';
import { finish, inWords, markdownTable, overSeeds, preset, storedRun } from './methods/part';
import { cifar10Task, fashionTask, type Task } from './methods/tasks';
import { pacesOf, train, trainFor, type Pace } from './methods/train-for';

interface Plan {
  readonly epochs: number;
  /** By seed; two are the smallest and the largest. */
  readonly children: readonly number[];
}

/** In a space whose children share well, in the one of the tutorial, and on CIFAR-10. */
const plans = {
  quick: { v2: { epochs: 1.5, children: [4, 4] } },
  full: {
    v2: { epochs: 16, children: [24, 8, 8] },
    v1: { epochs: 16, children: [2, 2, 2] },
    cifar10: { epochs: 10, children: [2, 2, 2] },
  },
}[preset] as Readonly<Partial<Record<'v2' | 'v1' | 'cifar10', Plan>>>;
/** More and smaller steps, and one random child, did better here than batches of 64 and two. */
const recipe = { batchSize: 32 };
const bigNasRecipe = { ...bigNasPresets.cpu, ...recipe, randomSubnets: 1 };
const singlePathRecipe = {
  ...shiftNasPresets.cpu,
  ...recipe,
  sampler: 'op-uniform' as const,
};
const lowerings = await probeLowerings();

interface Run {
  readonly seed: number;
  readonly cpuSeconds: { readonly bigNas: number; readonly singlePath: number };
  readonly smallest: { readonly bigNas: number; readonly singlePath: number };
  readonly largest: { readonly bigNas: number; readonly singlePath: number };
  /** Percent, inherited and alone, of children of costs spread evenly over the space. */
  readonly children: readonly { readonly inherited: number; readonly alone: number }[];
}

async function runOnce(
  { space, dataset, exam }: Task<SearchSpace> & { readonly exam: LabelledImages },
  epochs: number,
  childrenOf: number,
  seed: number,
): Promise<Run> {
  const family = familyOf(space);
  const settings: BigNasSettings = { ...bigNasRecipe, epochs };
  const uniform: ShiftNasSettings = { ...singlePathRecipe, epochs };
  const common = { train: dataset.train, format: dataset, seed, threads: 1, lowerings };
  const sandwich = {
    create: (input: TrainerInput<BigNasSettings, AnySpace>) =>
      supernetMethods['big-nas'].create({ ...input, space }),
    input: { ...common, space, settings },
  };
  const single = {
    create: (input: TrainerInput<ShiftNasSettings, AnySpace>) => ShiftNasTrainer.create(input),
    input: { ...common, space, settings: uniform },
  };
  const [bigPace, singlePace] = (await pacesOf([
    { start: () => sandwich.create(sandwich.input) },
    { start: () => single.create(single.input) },
  ])) as [Pace, Pace];
  const bigNas = await train(sandwich.create, sandwich.input);
  const cost = bigPace.fixedMs + bigPace.stepMs * bigNas.state.step;
  const singlePath = await trainFor(single, cost / 1000, singlePace);
  const accuracy = (architecture: Architecture, theta: Float32Array): Promise<number> =>
    accuracyOf({ family, architecture, theta }, dataset, dataset.train, exam);
  const both = async (architecture: Architecture) => ({
    bigNas: await accuracy(architecture, bigNas.state.vectors.theta),
    singlePath: await accuracy(architecture, singlePath.state.vectors.theta),
  });
  const [smallest, largest] = [family.smallest, family.largest] as [Architecture, Architecture];
  const between = childrenOf - 2;
  const draw = rng(1, 'children');
  const architectures = [
    smallest,
    largest,
    ...Array.from({ length: between }, (_, at) => {
      const target = (at + 0.5) / between;
      return architectureNear(family, target, 0.25 / between, draw) as Architecture;
    }),
  ];
  const compared = [];
  for (const architecture of architectures) {
    const alone = await StandAloneTrainer.create({ ...common, space, settings, architecture });
    while (!alone.isFinished) await alone.step();
    await alone.release();
    compared.push({
      inherited: await accuracy(architecture, bigNas.state.vectors.theta),
      alone: await accuracy(architecture, alone.state.vectors.theta),
    });
  }
  return {
    seed,
    cpuSeconds: { bigNas: bigNas.cpuSeconds, singlePath: singlePath.cpuSeconds },
    smallest: await both(smallest),
    largest: await both(largest),
    children: compared,
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const gain = ({ bigNas, singlePath }: Run['smallest']): number => bigNas - singlePath;
const tauOf = ({ children }: Run): number =>
  kendallTauB(
    children.map(({ inherited }) => inherited),
    children.map(({ alone }) => alone),
  );

function figuresOf(runs: readonly Run[]) {
  const pooled = runs.flatMap(({ children }) => children);
  const pairs = {
    x: pooled.map(({ inherited }) => inherited),
    y: pooled.map(({ alone }) => alone),
  };
  return {
    gapToStandalone: overSeeds(
      runs.map(({ children }) => mean(children.map(({ alone, inherited }) => alone - inherited))),
    ),
    worstGap: Math.max(...pooled.map(({ alone, inherited }) => alone - inherited)),
    tau: overSeeds(runs.map(tauOf)),
    pooledTau: bootstrapInterval(kendallTauB, pairs, { rng: rng(1, 'bootstrap') }),
    minGain: overSeeds(runs.map(({ smallest }) => gain(smallest))),
    maxGain: overSeeds(runs.map(({ largest }) => gain(largest))),
    cpuSeconds: mean(runs.map(({ cpuSeconds }) => cpuSeconds.bigNas)),
    runs,
  };
}

const tables: string[] = [];
const byTask: Record<string, ReturnType<typeof figuresOf>> = {};
const tasks = {
  v2: await fashionTask('mbconv-fashion-mnist-v2'),
  v1: await fashionTask('mbconv-fashion-mnist-v1'),
  cifar10: await cifar10Task(),
};
for (const [key, plan] of Object.entries(plans) as [keyof typeof tasks, Plan][]) {
  const task = tasks[key];
  if (!task) continue;
  const runs: Run[] = [];
  for (const [at, childrenOf] of plan.children.entries()) {
    const seed = at + 1;
    const settings = {
      part: 'big-nas',
      recipes: [bigNasRecipe, singlePathRecipe],
      task: task.name,
      epochs: plan.epochs,
      childrenOf,
      tested: task.exam.count,
      seed,
    };
    runs.push(await storedRun(settings, () => runOnce(task, plan.epochs, childrenOf, seed)));
  }
  const figures = figuresOf(runs);
  byTask[task.name] = figures;
  const accuracies = (which: 'smallest' | 'largest', method: 'bigNas' | 'singlePath'): string =>
    inWords(overSeeds(runs.map((run) => run[which][method])));
  tables.push(
    markdownTable(
      `${task.name}: ${runs.length} seeds, ${figures.cpuSeconds.toFixed(0)} CPU seconds each, ${plan.epochs} epochs of BigNAS; accuracy in percent on ${task.exam.count} test images (95 % interval)`,
      ['child', 'BigNAS', 'single path', 'gain'],
      [
        [
          'smallest',
          accuracies('smallest', 'bigNas'),
          accuracies('smallest', 'singlePath'),
          inWords(figures.minGain),
        ],
        [
          'largest',
          accuracies('largest', 'bigNas'),
          accuracies('largest', 'singlePath'),
          inWords(figures.maxGain),
        ],
      ],
    ),
    markdownTable(
      `${plan.children.join(', ')} children straight from the supernet, and each trained by itself for as many epochs`,
      ['', ''],
      [
        ['alone less inherited, points', inWords(figures.gapToStandalone)],
        ['the worst child, points', figures.worstGap.toFixed(1)],
        ['Kendall τ-b', inWords(figures.tau, 2)],
      ],
    ),
  );
}
const [first] = Object.values(byTask);
finish({ figures: { ...first, tasks: byTask }, tables });
