/**
 * @file BigNAS: its smallest and largest child against single-path training of uniform draws for the same processor time, and its
 * children's inherited accuracy against each trained by itself for as many epochs.
 */
import { rng } from '@sextant/common';
import { bigNasPresets, shiftNasPresets } from '@sextant/contracts';
import type { Dataset } from '@sextant/datasets';
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
  type ShiftNasSettings,
  type TrainerInput,
} from '@sextant/supernet';
import { accuracyOf } from './methods/children';
import { finish, inWords, markdownTable, overSeeds, preset, storedRun } from './methods/part';
import { convolutionTasks } from './methods/tasks';
import { pacesOf, train, trainFor, type Pace } from './methods/train-for';

const { seeds, epochs, childrenOf } = {
  quick: { seeds: [1, 2], epochs: [1.5, 0], childrenOf: 4 },
  full: { seeds: [1, 2, 3], epochs: [20, 30], childrenOf: 24 },
}[preset];
const lowerings = await probeLowerings();

interface Run {
  readonly seed: number;
  readonly cpuSeconds: { readonly bigNas: number; readonly singlePath: number };
  readonly smallest: { readonly bigNas: number; readonly singlePath: number };
  readonly largest: { readonly bigNas: number; readonly singlePath: number };
  /** Percent, inherited and alone, of the same children. */
  readonly children: readonly { readonly inherited: number; readonly alone: number }[];
}

async function runOnce(
  { space, dataset }: { readonly space: SearchSpace; readonly dataset: Dataset },
  epochs: number,
  seed: number,
): Promise<Run> {
  const family = familyOf(space);
  const settings: BigNasSettings = { ...bigNasPresets.cpu, epochs };
  const uniform: ShiftNasSettings = { ...shiftNasPresets.cpu, epochs, sampler: 'op-uniform' };
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
    accuracyOf({ family, architecture, theta }, dataset, dataset.train, dataset.test);
  const both = async (architecture: Architecture) => ({
    bigNas: await accuracy(architecture, bigNas.state.vectors.theta),
    singlePath: await accuracy(architecture, singlePath.state.vectors.theta),
  });
  const [smallest, largest] = [family.smallest, family.largest] as [Architecture, Architecture];
  const draw = rng(1, 'children');
  const architectures = [
    smallest,
    largest,
    ...Array.from({ length: childrenOf - 2 }, () => family.sample(draw) as Architecture),
  ];
  const children = [];
  for (const architecture of architectures) {
    const alone = await StandAloneTrainer.create({ ...common, space, settings, architecture });
    while (!alone.isFinished) await alone.step();
    await alone.release();
    children.push({
      inherited: await accuracy(architecture, bigNas.state.vectors.theta),
      alone: await accuracy(architecture, alone.state.vectors.theta),
    });
  }
  return {
    seed,
    cpuSeconds: { bigNas: bigNas.cpuSeconds, singlePath: singlePath.cpuSeconds },
    smallest: await both(smallest),
    largest: await both(largest),
    children,
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
for (const [at, task] of (await convolutionTasks()).entries()) {
  const taskEpochs = epochs[at] as number;
  if (taskEpochs === 0) continue;
  const runs: Run[] = [];
  for (const seed of seeds) {
    const settings = { part: 'big-nas', task: task.name, epochs: taskEpochs, childrenOf, seed };
    runs.push(await storedRun(settings, () => runOnce(task, taskEpochs, seed)));
  }
  const figures = figuresOf(runs);
  byTask[task.name] = figures;
  const accuracies = (which: 'smallest' | 'largest', method: 'bigNas' | 'singlePath'): string =>
    inWords(overSeeds(runs.map((run) => run[which][method])));
  tables.push(
    markdownTable(
      `${task.name}: ${runs.length} seeds, ${figures.cpuSeconds.toFixed(0)} CPU seconds each, ${taskEpochs} epochs of BigNAS; test accuracy in percent (95 % interval)`,
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
      `${childrenOf} children straight from the supernet, and each trained by itself for as many epochs`,
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
