/**
 * @file ShiftNAS against the two samplers it is meant to beat, for the same processor time: accuracy by bin of cost, and how often
 * the generator meets its target.
 */
import { rng } from '@sextant/common';
import { shiftNasPresets } from '@sextant/contracts';
import { fillUniform, probeLowerings } from '@sextant/engine';
import { wilsonInterval } from '@sextant/evaluation';
import {
  binTarget,
  familyOf,
  GeneratorSampler,
  generatorShape,
  hitsTarget,
  holdOut,
  policyWidth,
  readHistory,
  ShiftNasTrainer,
  subset,
  warmUpSteps,
  type AnyArchitecture,
  type ShiftNasSettings,
} from '@sextant/supernet';
import { accuracyOf, architectureNear } from './methods/children';
import { finish, inWords, markdownTable, overSeeds, preset, storedRun } from './methods/part';
import { cifar10Task, fashionTask, transformerTask, type Task } from './methods/tasks';
import { pacesOf, trainFor, type Pace, type Pilot, type Trained } from './methods/train-for';

const samplers = ['shift', 'bin-uniform', 'op-uniform'] as const;
type Sampler = (typeof samplers)[number];

const { seeds, perBin, draws, budgets, warmUp } = {
  quick: { seeds: [1, 2], perBin: 1, draws: 10, budgets: [20, 0, 0], warmUp: 600 },
  full: { seeds: [1, 2, 3], perBin: 4, draws: 100, budgets: [150, 60, 60], warmUp: 1500 },
}[preset];
const bins = shiftNasPresets.cpu.bins;
const heldOutFraction = 0.15;
const lowerings = await probeLowerings();
const allBins = Array.from({ length: bins }, (_, bin) => bin);

interface Run {
  readonly seed: number;
  readonly cpuSeconds: Readonly<Record<Sampler, number>>;
  readonly steps: Readonly<Record<Sampler, number>>;
  /** Percent by bin: mean over the same random networks of the bin. */
  readonly random: Readonly<Record<Sampler, readonly number[]>>;
  /** Percent by bin of the network that each would hand out: the generator's likeliest, or the best of the random ones. */
  readonly chosen: Readonly<Record<Sampler, readonly number[]>>;
  readonly hits: number;
  readonly drawn: number;
  readonly lastProbabilities: readonly number[];
}

async function runOnce({ space, dataset }: Task, budget: number, seed: number): Promise<Run> {
  const family = familyOf(space);
  const parts = holdOut(dataset.train, heldOutFraction, rng(seed, 'hold-out'));
  const [train, heldOut] = [parts.train, parts.heldOut].map((indices) =>
    subset(dataset.train, indices, dataset.width),
  ) as [typeof dataset.train, typeof dataset.train];
  const settingsOf = (sampler: Sampler): ShiftNasSettings => ({
    ...shiftNasPresets.cpu,
    ...{ sampler, epochs: 1, generatorWarmUpSteps: warmUp },
  });
  const pilots = samplers.map((sampler): Pilot<ShiftNasSettings> => {
    const settings = settingsOf(sampler);
    return {
      create: (input) => ShiftNasTrainer.create(input),
      input: { space, train, format: dataset, settings, seed, threads: 1, lowerings },
      fixedSteps: warmUpSteps(settings),
    };
  });
  const paces = await pacesOf(
    pilots.map(({ create, input, fixedSteps = 0 }) => ({ start: () => create(input), fixedSteps })),
  );
  const trained = {} as Record<Sampler, Trained>;
  for (const [at, sampler] of samplers.entries()) {
    trained[sampler] = await trainFor(
      pilots[at] as Pilot<ShiftNasSettings>,
      budget,
      paces[at] as Pace,
    );
  }
  const accuracy = (
    architecture: AnyArchitecture,
    sampler: Sampler,
    set: typeof dataset.test,
  ): Promise<number> => {
    const { theta } = trained[sampler].state.vectors;
    return accuracyOf({ family, architecture, theta }, dataset, train, set);
  };

  const draw = rng(seed, 'networks of bins');
  const random = allBins.map((bin) =>
    Array.from({ length: perBin }, () =>
      architectureNear(family, binTarget(bin, bins), 0.5 / bins, draw),
    ),
  );
  const shape = generatorShape(family, settingsOf('shift'));
  const sampler = await GeneratorSampler.create(shape, { threads: 1, lowerings });
  const targets = Array.from({ length: shape.rows }, (_, row) => binTarget(row % bins, bins));
  const likeliest = async (of: Sampler): Promise<readonly AnyArchitecture[]> => {
    const { vectors } = trained[of].state as { vectors: Readonly<Record<string, Float32Array>> };
    const { encodings } = await sampler.likeliest(vectors['generator'] as Float32Array, targets);
    return allBins.map((bin) => family.decode(encodings[bin] ?? []));
  };

  const result = { random: {}, chosen: {} } as Record<
    'random' | 'chosen',
    Record<Sampler, number[]>
  >;
  for (const of of samplers) {
    const byBin: { readonly test: number; readonly best: number }[] = [];
    for (const networks of random) {
      const tests: number[] = [];
      const held: number[] = [];
      for (const architecture of networks) {
        tests.push(await accuracy(architecture, of, dataset.test));
        held.push(of === 'op-uniform' ? await accuracy(architecture, of, heldOut) : 0);
      }
      const best = tests[held.indexOf(Math.max(...held))] as number;
      byBin.push({ test: mean(tests), best });
    }
    result.random[of] = byBin.map(({ test }) => test);
    if (of === 'op-uniform') result.chosen[of] = byBin.map(({ best }) => best);
    else {
      const chosen = [];
      for (const architecture of await likeliest(of)) {
        chosen.push(await accuracy(architecture, of, dataset.test));
      }
      result.chosen[of] = chosen;
    }
  }

  const { vectors } = trained.shift.state as { vectors: Readonly<Record<string, Float32Array>> };
  let [hits, drawn] = [0, 0];
  for (let at = 0; at < draws; at++) {
    const uniform = fillUniform(
      new Float32Array(shape.rows * policyWidth(family)),
      rng(seed, 'draws').fork(at),
    );
    const request = { targets, uniform };
    const { costs } = await sampler.draw(vectors['generator'] as Float32Array, request);
    hits += costs.filter((cost, row) => hitsTarget(cost, targets[row] as number, bins)).length;
    drawn += costs.length;
  }
  await sampler.release();
  const history = readHistory(vectors['history'] as Float32Array, bins);
  const bySampler = (of: (it: Trained) => number): Record<Sampler, number> =>
    Object.fromEntries(samplers.map((it) => [it, of(trained[it])])) as Record<Sampler, number>;
  return {
    seed,
    cpuSeconds: bySampler((it) => it.cpuSeconds),
    steps: bySampler(({ state }) => state.step),
    ...result,
    hits,
    drawn,
    lastProbabilities: history.at(-1)?.probabilities ?? [],
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const worst = (values: readonly number[]): number => Math.min(...values);

function figuresOf(runs: readonly Run[]) {
  const gain = (
    of: (byBin: readonly number[]) => number,
    over: Sampler,
    what: 'random' | 'chosen',
  ) => overSeeds(runs.map((run) => of(run[what].shift) - of(run[what][over])));
  const hits = runs.reduce((sum, run) => sum + run.hits, 0);
  const drawn = runs.reduce((sum, run) => sum + run.drawn, 0);
  return {
    hitRate: { value: hits / drawn, ...wilsonInterval(hits, drawn), n: drawn },
    worstBinGain: gain(worst, 'bin-uniform', 'chosen'),
    meanGain: gain(mean, 'bin-uniform', 'chosen'),
    worstBinGainOverOpUniform: gain(worst, 'op-uniform', 'chosen'),
    meanGainOverOpUniform: gain(mean, 'op-uniform', 'chosen'),
    randomNetworks: {
      worstBinGain: gain(worst, 'bin-uniform', 'random'),
      meanGain: gain(mean, 'bin-uniform', 'random'),
      worstBinGainOverOpUniform: gain(worst, 'op-uniform', 'random'),
      meanGainOverOpUniform: gain(mean, 'op-uniform', 'random'),
    },
    runs,
  };
}

const tables: string[] = [];
const byTask: Record<string, ReturnType<typeof figuresOf>> = {};
const cifar10 = await cifar10Task();
const tasks: [Task, number][] = [
  [await fashionTask('mbconv-fashion-mnist-v1'), budgets[0] as number],
  [await transformerTask(), budgets[1] as number],
  ...(cifar10 ? [[cifar10, budgets[2] as number] as [Task, number]] : []),
];
for (const [task, budget] of tasks) {
  if (budget === 0) continue;
  const runs: Run[] = [];
  for (const seed of seeds) {
    const recipe = { ...shiftNasPresets.cpu, generatorWarmUpSteps: warmUp };
    const settings = { part: 'shift-nas', task: task.name, recipe, budget, seed, perBin, draws };
    runs.push(await storedRun(settings, () => runOnce(task, budget, seed)));
  }
  const figures = figuresOf(runs);
  byTask[task.name] = figures;
  const row = (title: string, what: 'random' | 'chosen', of: Sampler): string[] => [
    title,
    ...allBins.map((bin) => mean(runs.map((run) => run[what][of][bin] as number)).toFixed(1)),
    inWords(overSeeds(runs.map((run) => worst(run[what][of])))),
    inWords(overSeeds(runs.map((run) => mean(run[what][of])))),
  ];
  tables.push(
    markdownTable(
      `${task.name}: ${runs.length} seeds, ${budget} CPU seconds each; test accuracy in percent by bin of cost, smallest networks first (95 % interval)`,
      ['', ...allBins.map((bin) => String(bin + 1)), 'worst bin', 'mean'],
      [
        row('ShiftNAS, its choice', 'chosen', 'shift'),
        row('bins uniform, its choice', 'chosen', 'bin-uniform'),
        row('choices uniform, best of the random ones', 'chosen', 'op-uniform'),
        row('ShiftNAS, random networks', 'random', 'shift'),
        row('bins uniform, random networks', 'random', 'bin-uniform'),
        row('choices uniform, random networks', 'random', 'op-uniform'),
        [
          'last drawn with, percent',
          ...allBins.map((bin) =>
            mean(runs.map((run) => 100 * (run.lastProbabilities[bin] ?? 0))).toFixed(1),
          ),
          '',
          '',
        ],
      ],
    ),
    `The generator's draws lie within half a bin of their target in ${(100 * figures.hitRate.value).toFixed(1)} % of ${figures.hitRate.n} (95 % interval ${(100 * figures.hitRate.lower).toFixed(1)} to ${(100 * figures.hitRate.upper).toFixed(1)}).`,
  );
}
const [first] = Object.values(byTask);
finish({ figures: { ...first, tasks: byTask }, tables });
