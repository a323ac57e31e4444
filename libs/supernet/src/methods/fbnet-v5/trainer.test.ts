import { CheckpointCorruptError, rng, ValidationError } from '@sextant/common';
import { FbNetV5Options, type StopReason } from '@sextant/contracts';
import { elementDim, probeLowerings, Session, type Value } from '@sextant/engine';
import { architectureInput } from '@sextant/networks';
import { fullTopology, sampleTopology, topologyUnits } from '@sextant/search-space';
import { describe, expect, it, vi } from 'vitest';
import {
  boundTinyTasks,
  tinySceneFormat as format,
  tinyScenes,
  tinyTopologySpace as space,
} from '../../../testing';
import { runTraining } from '../run-training';
import { decodeState, encodeState, type TrainingState } from '../training-state';
import { deriveTopologies } from './derive';
import { scoreNetwork } from './evaluate-network';
import type { FbNetV5Input } from './input';
import type { BoundTask, TaskHead } from './scene-task';
import { keepProbabilities } from './topology-distribution';
import { FbNetV5Trainer } from './trainer';

const scenes = tinyScenes(64);
const target = tinyScenes(32, 2);
const given = boundTinyTasks(scenes);
const taught = boundTinyTasks(target);
const settings = {
  ...FbNetV5Options.parse({}),
  ...{ batchSize: 8, teacherSteps: 4, steps: 10, warmUpFraction: 0.2, samples: 2 },
  heldOutFraction: 0.25,
};
const input: FbNetV5Input = {
  ...{ space, format, images: scenes.images, settings, seed: 3, threads: 1 },
  tasks: [{ task: given.classification }, { task: taught.segmentation, target: target.images }],
  lowerings: await probeLowerings(),
};

/** Without teachers. */
const labelled: FbNetV5Input = {
  ...input,
  tasks: [{ task: given.classification }, { task: given.detection }],
};

async function trained(of: FbNetV5Input, until = Infinity, stored?: TrainingState) {
  const trainer = FbNetV5Trainer.create(of, stored);
  const told: Record<string, number>[] = [];
  while (!trainer.isFinished && trainer.state.step < until) told.push(await trainer.step());
  await trainer.release();
  return { trainer, told, state: trainer.state };
}

/** A task whose loss is `kept` where a network has unit `name`, else `left`, whatever the images. */
function toyTask(name: string, unit: string, kept: number, left: number): BoundTask {
  const at = topologyUnits(space).findIndex((it) => it.name === unit);
  const head: TaskHead = {
    name,
    reads: [0],
    head: ([map]) => {
      const { graph } = map as Value;
      const choice = elementDim(architectureInput, at, [0, 1]);
      const { outputs } = graph.condition(
        choice,
        () => [graph.scalar(kept)],
        () => [graph.scalar(left)],
      );
      return { loss: outputs[0] as Value };
    },
    targetDims: () => ({}),
    loss: ({ loss }) => loss as Value,
    predictions: (outputs) => outputs,
  };
  const none = (): never => {
    throw new ValidationError(`${name} predicts nothing`);
  };
  const { count } = scenes.images;
  const unused = { labeller: none, scorer: none, examiner: none };
  return { ...head, count, metric: 'none', targets: () => ({}), ...unused };
}

describe('a search for several tasks', () => {
  it('is bit-identical for one seed, also when it stops in every phase and goes on', async () => {
    const whole = await trained(input);
    expect(whole.state.step).toBe(4 + 10);
    let state: FbNetV5Trainer['state'] | undefined;
    for (const stop of [2, 9, Infinity]) {
      const stored = state && decodeState('fbnet-v5', encodeState('fbnet-v5', state));
      ({ state } = await trained(input, stop, stored));
    }
    expect(state && encodeState('fbnet-v5', state)).toEqual(encodeState('fbnet-v5', whole.state));

    expect(Object.keys(whole.told[0] ?? {})).toEqual(['loss', 'teacher.segmentation']);
    const last = whole.told.at(-1) ?? {};
    expect(Object.keys(last)).toEqual([
      'loss',
      ...['classification', 'segmentation'].flatMap((name) =>
        ['loss', 'ratio', 'keep', 'macs'].map((what) => `${what}.${name}`),
      ),
    ]);
    // Equal distributions in the warm-up.
    expect(whole.told[4]?.['ratio.segmentation']).toBe(1);
    expect(whole.told[4]?.['keep.segmentation']).toBe(0.5);
    expect(last['keep.segmentation']).not.toBe(0.5);
  });

  it('takes its draws and first weights from the seed', async () => {
    const first = await trained(labelled, 1);
    const other = await trained({ ...labelled, seed: 4 }, 1);
    expect(other.state.vectors.theta).not.toEqual(first.state.vectors.theta);
    expect(other.told).not.toEqual(first.told);
  });

  it('runs one network a step, forward and backward, however many tasks there are', async () => {
    const runs = vi.spyOn(Session.prototype, 'run');
    const countFor = async (tasks: FbNetV5Input['tasks']): Promise<number> => {
      runs.mockClear();
      const steps = { ...settings, steps: 4, warmUpFraction: 0.5, samples: 1 };
      await trained({ ...input, tasks, settings: steps });
      return runs.mock.calls.length;
    };
    try {
      // Three steps of the weights, each a pass and an update; one of the distributions, a pass and an update.
      expect(await countFor([{ task: given.classification }])).toBe(8);
      expect(await countFor(Object.values(given).map((task) => ({ task })))).toBe(8);
    } finally {
      runs.mockRestore();
    }
  });

  it('stops between steps, keeps its progress but for a cancel, and frees what it holds', async () => {
    const run = async (reason: StopReason) => {
      const trainer = FbNetV5Trainer.create(labelled);
      const save = vi.fn(() => Promise.resolve());
      const stoppedBy = await runTraining(trainer, 1000, {
        nowMs: () => 0,
        stopRequested: () => Promise.resolve(trainer.state.step >= 3 ? reason : null),
        onStep: () => undefined,
        save,
      });
      await trainer.release();
      return { stoppedBy, step: trainer.state.step, saves: save.mock.calls.length };
    };
    expect(await run('cancel')).toEqual({ stoppedBy: 'cancel', step: 3, saves: 0 });
    expect(await run('pause')).toEqual({ stoppedBy: 'pause', step: 3, saves: 1 });
    const stopped = new Error('stopped');
    const beforeRun = () => Promise.reject(stopped);
    const tasks = [{ task: taught.segmentation, target: target.images }];
    const quick = { ...settings, teacherSteps: 1 };
    await expect(trained({ ...input, tasks, settings: quick, beforeRun })).rejects.toBe(stopped);
  });

  it('refuses a state of another search, and settings that do not fit', () => {
    const { state } = FbNetV5Trainer.create(input);
    const tasks = input.tasks.slice(0, 1);
    expect(() => FbNetV5Trainer.create({ ...input, tasks }, state)).toThrow(CheckpointCorruptError);
    const refused = (change: Partial<FbNetV5Input>) =>
      expect(() => FbNetV5Trainer.create({ ...input, ...change })).toThrow(ValidationError);
    refused({ settings: { ...settings, batchSize: 32 } });
    refused({ settings: { ...settings, taskWeights: { depth: 1 } } });
    refused({ tasks: [{ task: taught.detection }] });
    refused({ images: { count: 64, images: scenes.images.images.subarray(1) } });
  });
});

describe('the distributions', () => {
  const block = 'stages.1.paths.0.blocks.0';
  const units = topologyUnits(space);
  const at = units.findIndex(({ name }) => name === block);
  const long = {
    ...settings,
    ...{ steps: 160, warmUpFraction: 0, topologyLearningRate: 0.05, samples: 1 },
  };

  it('keep no unit where nothing but the cost counts', async () => {
    const cost = { weight: 1, target: 0.4, form: 'linear' } as const;
    const tasks = [{ task: toyTask('flat', block, 0, 0) }];
    const { trainer } = await trained({ ...input, tasks, settings: { ...long, cost } });
    const [logits] = trainer.distributions as [Float32Array];
    for (const keep of keepProbabilities(logits)) expect(keep).toBeLessThan(0.05);
  });

  it('of tasks that want opposite blocks part, in one run', async () => {
    const cost = { ...settings.cost, weight: 0 };
    const tasks = [
      { task: toyTask('with', block, 1, 2) },
      { task: toyTask('without', block, 2, 1) },
    ];
    const longer = { ...long, steps: 400, samples: 4, cost };
    const { trainer } = await trained({ ...input, tasks, settings: longer });
    const [having, lacking] = trainer.distributions.map(keepProbabilities);
    expect(having?.[at]).toBeGreaterThan(0.9);
    expect(lacking?.[at]).toBeLessThan(0.1);
  });

  it('of equal tasks stay equal', async () => {
    const tasks = ['one', 'other'].map((name) => ({ task: toyTask(name, block, 1, 2) }));
    const { trainer, told } = await trained({ ...input, tasks, settings: long });
    const [one, other] = trainer.distributions as [Float32Array, Float32Array];
    expect(one).toEqual(other);
    expect(told.every((metrics) => metrics['ratio.one'] === 1)).toBe(true);
  });
});

describe('what a search came to', () => {
  it('is better than chance with inherited weights, for every task', async () => {
    const many = tinyScenes(256);
    const tasks = Object.values(boundTinyTasks(many)).map((task) => ({ task }));
    const longer = { ...settings, batchSize: 16, steps: 200, samples: 1 };
    const trainer = FbNetV5Trainer.create({
      ...{ ...input, images: many.images, tasks },
      settings: { ...longer, cost: { weight: 0.2, target: 0.6, form: 'hinge' } },
    });
    while (!trainer.isFinished) await trainer.step();
    const test = tinyScenes(100, 9);
    const scores: Record<string, number> = {};
    for (const [at, task] of Object.values(boundTinyTasks(test)).entries()) {
      const logits = trainer.distributions[at] as Float32Array;
      const found = deriveTopologies(space, logits, task.reads, 4, rng(1));
      expect(found.length).toBeGreaterThan(0);
      const calibration = { set: many.images, images: 256 };
      const exam = { images: test.images, tasks: [task] };
      const network = trainer.network(task.name, found[0] ?? fullTopology(space));
      Object.assign(scores, await scoreNetwork(network, exam, calibration, 1));
    }
    const losses = await trainer.heldOutLosses(sampleTopology(space, 0.5, rng(2)), 2);
    expect(Object.keys(losses)).toEqual(['classification', 'segmentation', 'detection']);
    await trainer.release();
    expect(scores['classification']).toBeGreaterThan(0.7);
    expect(scores['segmentation']).toBeGreaterThan(0.5);
    expect(scores['detection']).toBeGreaterThan(0.2);
  });
});
