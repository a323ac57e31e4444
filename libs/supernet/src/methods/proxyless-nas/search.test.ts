import { CheckpointCorruptError, NonFiniteError, rng } from '@sextant/common';
import {
  portableLowerings,
  probeLowerings,
  Session,
  writeModel,
  type Graph,
} from '@sextant/engine';
import { parameterLayout } from '@sextant/networks';
import { paramCount } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinyPathSettings, tinyPathSpace } from '../../../testing';
import { gather } from '../../image-batches';
import { trainGraph } from '../../train-graph';
import { smoothedLabels } from '../big-nas/targets';
import { decodeState, encodeState } from '../training-state';
import { proxylessNas } from '.';
import { architectureOf, candidateOffsets, searchEdges, type Path } from './edges';
import type { DrawnPaths, GatePass } from './architecture-step';
import { fullGraph, gatesInput, type GateMode } from './passes';
import { gatherPath, inheritedChild, initialStore, pathWeights, scatterPath } from './path-weights';
import { SearchSessions } from './search-sessions';
import { updateOptions, type ProxylessNasSettings } from './settings';
import { ProxylessNasTrainer, type ProxylessNasState } from './trainer';

const space = tinyPathSpace;
const edges = searchEdges(space);
const weights = pathWeights(space, edges);
const batchSize = 16;
const net = { space, edges, weights, format: tinyFormat, batchSize };
const store = initialStore(weights, rng(1, 'weights'));
const train = tinyImages(96);
const batch = gather(
  train,
  Array.from({ length: batchSize }, (_, at) => at),
  tinyFormat.width,
);
const options = {
  update: { ...updateOptions(tinyPathSettings), weightDecay: 0.1 },
  threads: 1,
  lowerings: await probeLowerings(),
};
/** One candidate; any block; any block, or none. */
const path: Path = [0, 1, 2, 3];
const zero = 4;

async function passOf(
  mode: GateMode,
  paths: DrawnPaths,
  lowerings = options.lowerings,
): Promise<GatePass> {
  const sessions = await SearchSessions.create(net, mode, { ...options, lowerings });
  const pass = await sessions.gatePass(mode, store, paths, batch);
  await sessions.release();
  return pass;
}

const runOnce = async (graph: Graph, feeds: Parameters<Session['run']>[0]) => {
  const model = writeModel(graph, { lowering: portableLowerings.known });
  const session = await Session.create(model, { threads: 1, optimization: 'none' });
  const results = await session.run(feeds);
  await session.release();
  return results;
};
const images = { data: batch.images, dims: [batchSize, 2, 12, 12] };
const targets = { data: smoothedLabels(batch.labels, 3, 0), dims: [batchSize, 3] };
const vector = (data: Float32Array) => ({ data, dims: [data.length] });

describe('weights of paths', () => {
  it('are gathered and put back without touching any other', () => {
    const numbered = store.map((_, at) => at + 1);
    const own = gatherPath(weights, numbered, path);
    const changed = numbered.slice();
    scatterPath(
      weights,
      changed,
      path,
      own.map((it) => (it === 0 ? 0 : -it)),
    );
    expect(gatherPath(weights, changed, path)).toEqual(own.map((it) => (it === 0 ? 0 : -it)));
    const count = changed.filter((it, at) => it !== numbered[at]).length;
    expect(count).toBe(paramCount(space, architectureOf(space, edges, path)));
  });

  it('of a path that is left out nowhere and of one that is are those of the found network', () => {
    for (const own of [path, [0, 1, zero, 3], [0, 2, zero, zero]]) {
      const child = inheritedChild(space, edges, weights, store, own);
      expect(child).toHaveLength(parameterLayout(space).total);
      expect(child.some((it) => it !== 0)).toBe(true);
    }
  });
});

describe('a weight step', () => {
  it('moves the path and leaves every other candidate bit for bit, its velocity too', async () => {
    const sessions = await SearchSessions.create(net, 'two', options);
    const next = { store: store.slice(), velocity: store.map(() => 0.25) };
    const rates = { labelSmoothing: 0.1, learningRate: 0.1 };
    const { undo } = await sessions.weightStep(next, path, batch, rates);
    await sessions.release();
    const isOfPath = new Float32Array(store.length);
    scatterPath(weights, isOfPath, path, new Float32Array(weights.path.total).fill(1));
    let moved = 0;
    store.forEach((before, at) => {
      if (isOfPath[at] === 0) {
        expect(next.store[at]).toBe(before);
        expect(next.velocity[at]).toBe(0.25);
      } else moved += Number(next.store[at] !== before);
    });
    expect(moved).toBeGreaterThan(0.9 * isOfPath.reduce((a, b) => a + b, 0));
    undo();
    expect(next).toEqual({ store, velocity: store.map(() => 0.25) });
  });
});

describe('gates', () => {
  const paths = { active: path, other: [0, 2, zero, 1] };

  it('have the same gradients in all modes, blocked kernels or standard ones', async () => {
    const full = await passOf('full', paths);
    for (const pass of [
      await passOf('recompute', paths),
      await passOf('full', paths, portableLowerings),
    ]) {
      expect(pass.crossEntropy).toBeCloseTo(full.crossEntropy, 5);
      pass.gates.forEach(({ gradients }, edge) =>
        gradients.forEach((it, at) => expect(it).toBeCloseTo(full.gates[edge]!.gradients[at]!, 4)),
      );
    }
    const two = await passOf('two', paths);
    expect(two.crossEntropy).toBeCloseTo(full.crossEntropy, 5);
    two.gates.forEach(({ candidates, gradients }, edge) => {
      if (edge === 0) return;
      expect(candidates).toEqual([paths.active[edge], paths.other[edge]]);
      candidates.forEach((candidate, at) =>
        expect(gradients[at]).toBeCloseTo(full.gates[edge]!.gradients[candidate]!, 4),
      );
    });
    expect(two.gates[2]!.gradients[1]).toBe(0);
    const size = Math.max(...full.gates.flatMap(({ gradients }) => gradients.map(Math.abs)));
    expect(size).toBeGreaterThan(0.01);
  }, 60_000);

  it('where nothing is active have none, and the block hands its input on', async () => {
    const active = [0, 1, zero, 3];
    const { gates, crossEntropy } = await passOf('recompute', { active, other: active });
    expect(gates[2]!.gradients[zero]).toBe(0);
    expect(gates[2]!.gradients.slice(0, zero).every((it) => it !== 0)).toBe(true);
    const found = await lossOfFound(active);
    expect(crossEntropy).toBeCloseTo(found, 5);
  }, 60_000);

  it('have the gradients of finite differences', async () => {
    const { total, offsets } = candidateOffsets(edges);
    const graph = fullGraph(net);
    const oneHot = new Float32Array(total);
    path.forEach((at, edge) => (oneHot[offsets[edge]! + at] = 1));
    const run = async (gates: Float32Array) =>
      runOnce(graph, {
        image: images,
        targets,
        theta: vector(store),
        architecture: { data: BigInt64Array.from(path.map(BigInt)), dims: [path.length] },
        [gatesInput]: vector(gates),
      });
    const exact = (await run(oneHot))['gates']?.data as Float32Array;
    const step = 1e-2;
    // The last edge: what lies behind is not normalised away. Its own gate and one that is shut.
    for (const at of [offsets[3]! + 3, offsets[3]! + 1, offsets[2]!]) {
      const moved = async (by: number): Promise<number> => {
        const gates = oneHot.slice();
        gates[at] = gates[at]! + by;
        return (await run(gates))['loss']?.data[0] as number;
      };
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
      expect(exact[at]).toBeCloseTo(numeric, 2);
    }
  }, 60_000);
});

async function lossOfFound(own: Path): Promise<number> {
  const layout = parameterLayout(space);
  const architecture = architectureOf(space, edges, own);
  const theta = inheritedChild(space, edges, weights, store, own);
  const graph = trainGraph(space, layout, tinyFormat, batchSize, { architecture });
  const feeds = { image: images, targets, theta: vector(theta) };
  const gradientSum = vector(new Float32Array(layout.total));
  return (await runOnce(graph, { ...feeds, gradientSum }))['loss']?.data[0] as number;
}

describe('the found network', () => {
  it('computes what the supernet does on its path', async () => {
    for (const own of [path, [0, 3, zero, 2]]) {
      const { crossEntropy } = await passOf('two', { active: own, other: own.map(() => 0) });
      expect(await lossOfFound(own)).toBeCloseTo(crossEntropy, 5);
    }
  }, 60_000);
});

const input = {
  space,
  train,
  format: tinyFormat,
  settings: tinyPathSettings,
  seed: 3,
  threads: 1,
  lowerings: options.lowerings,
};

async function trainTo(
  step: number,
  settings: ProxylessNasSettings = tinyPathSettings,
  from?: ProxylessNasState,
): Promise<ProxylessNasState> {
  const trainer = await ProxylessNasTrainer.create({ ...input, settings }, from);
  while (trainer.state.step < step && !trainer.isFinished) await trainer.step();
  await trainer.release();
  return trainer.state;
}

describe('a run', () => {
  const variants = [
    {},
    { paths: 'full', latencyLoss: 'none', weights: 'inherited' },
    { paths: 'recompute', latencyLoss: 'add#linear', latencyWeight: 1 },
    { update: 'reinforce', rewardSamples: 2 },
  ] as const;

  it.each(variants)(
    'with %o is bit-identical when it stops and goes on',
    async (variant) => {
      const settings = { ...tinyPathSettings, ...variant };
      const whole = await trainTo(1000, settings);
      expect(whole.vectors.supernet).toHaveLength(0);
      for (const stop of [11, 17]) {
        const half = await trainTo(stop, settings);
        const stored = decodeState('proxyless-nas', encodeState('proxyless-nas', half));
        const trainer = await proxylessNas.create({ ...input, settings }, stored);
        while (!trainer.isFinished) await trainer.step();
        await trainer.release();
        expect(trainer.state).toEqual(whole);
      }
    },
    120_000,
  );

  it('tells its losses, costs and entropy, and proposes the one network it trained', async () => {
    const trainer = await proxylessNas.create(input);
    const told: Readonly<Record<string, number>>[] = [];
    while (!trainer.isFinished) told.push(await trainer.step());
    await trainer.release();
    expect(told[0]).toMatchObject({
      entropy: expect.closeTo((2 * Math.log(5) + Math.log(4)) / 3, 3) as number,
    });
    expect(told.filter((it) => 'architectureLoss' in it)).toHaveLength(6);
    expect(Object.keys(told.at(-1)!)).toEqual(['loss']);
    const { state } = trainer;
    const about = { space, settings: tinyPathSettings, state, limits: {}, budget: 4, threads: 1 };
    const proposal = { ...about, lowerings: options.lowerings };
    const [found] = await proxylessNas.propose(proposal, [], rng(1));
    expect(found).toBeDefined();
    const known = [{ architecture: found!, accuracy: 1 }];
    expect(await proxylessNas.propose(proposal, known, rng(1))).toEqual([]);
    expect(await proxylessNas.propose({ ...proposal, limits: { maxMacs: 1 } }, [], rng(1))).toEqual(
      [],
    );
  }, 60_000);

  it('by cost alone finds the cheapest network', async () => {
    const settings: ProxylessNasSettings = {
      ...tinyPathSettings,
      ...{ searchEpochs: 20, trainingEpochs: 0, latencyWeight: 100, architectureLearningRate: 0.1 },
    };
    const trainer = await ProxylessNasTrainer.create({ ...input, settings });
    while (!trainer.isFinished) await trainer.step();
    await trainer.release();
    expect(trainer.path).toEqual([0, 0, zero, zero]);
    expect(trainer.state.vectors.theta).toHaveLength(parameterLayout(space).total);
  }, 120_000);

  it('refuses a state of another space, and a part of the images smaller than a batch', async () => {
    const state = await trainTo(1);
    const other = { ...space, stages: space.stages.map((it) => ({ ...it, kernel: [3] })) };
    expect(() => proxylessNas.create({ ...input, space: other }, state)).toThrow(
      CheckpointCorruptError,
    );
    const settings = { ...tinyPathSettings, architectureFraction: 0.1 };
    await expect(ProxylessNasTrainer.create({ ...input, settings })).rejects.toThrow(
      /fewer than one batch/,
    );
  });

  it('stops with a typed error when the loss is not a number', async () => {
    const { step, vectors } = await trainTo(1);
    const supernet = vectors.supernet.map(() => Number.NaN);
    const broken = { step, vectors: { ...vectors, supernet } };
    const trainer = await ProxylessNasTrainer.create(input, broken);
    await expect(trainer.step()).rejects.toThrow(NonFiniteError);
    expect(trainer.state.step).toBe(step);
    await trainer.release();
  });
});

describe('memory', () => {
  it('of a search hardly depends on how many candidates there are, but in mode full', () => {
    const question = (kernel: number[], paths: GateMode, batch = 256) => ({
      space: {
        ...space,
        stages: space.stages.map((it, at) => (at === 0 ? it : { ...it, kernel })),
      },
      format: tinyFormat,
      settings: { ...tinyPathSettings, paths, batchSize: batch },
      lowerings: portableLowerings,
    });
    const bytes = (kernel: number[], paths: GateMode): number =>
      proxylessNas.predictPeakBytes(question(kernel, paths, 512)) -
      proxylessNas.predictPeakBytes(question(kernel, paths, 8));
    expect(bytes([3, 5, 7], 'two') / bytes([7], 'two')).toBeLessThan(1.05);
    expect(bytes([3, 5, 7], 'recompute') / bytes([7], 'recompute')).toBeLessThan(1.05);
    expect(bytes([3, 5, 7], 'full') / bytes([7], 'full')).toBeGreaterThan(1.3);
  });
});
