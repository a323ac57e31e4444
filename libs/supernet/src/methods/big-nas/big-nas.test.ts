import { NonFiniteError, rng } from '@sextant/common';
import { probeLowerings } from '@sextant/engine';
import {
  canonicalHash,
  macs,
  maxArchitecture,
  minArchitecture,
  sample,
  searchSpaces,
  type Architecture,
} from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySettings, tinySpace } from '../../../testing';
import { exportModel } from '../../child-models';
import { calibrate, countCorrect, predict } from '../../evaluate-child';
import { EpochOrder, gather, holdOut } from '../../image-batches';
import type { Scored } from '../method';
import { propose } from './coarse-to-fine';
import { learningRateAt } from './schedule';
import { smoothedLabels } from './targets';
import { BigNasTrainer, vectorLengths, type BigNasSettings, type BigNasState } from './trainer';
import { decodeState, encodeState, requireVectors } from '../training-state';

const lowerings = await probeLowerings();
const train = tinyImages(96);
const input = {
  space: tinySpace,
  train,
  format: tinyFormat,
  settings: tinySettings,
  seed: 3,
  threads: 1,
  lowerings,
};

async function trainTo(step: number, from?: BigNasState, seed = 3): Promise<BigNasState> {
  const trainer = await BigNasTrainer.create({ ...input, seed }, from);
  while (trainer.state.step < step) await trainer.step();
  await trainer.release();
  return trainer.state;
}

describe('training', () => {
  it('is bit-identical for one seed, also when it stops and goes on; another seed differs', async () => {
    const whole = await trainTo(8);
    const half = await trainTo(5);
    const stored = decodeState('big-nas', encodeState('big-nas', half));
    expect(
      await trainTo(8, requireVectors(stored, vectorLengths(tinySpace, tinySettings))),
    ).toEqual(whole);
    expect((await trainTo(8, undefined, 4)).vectors.theta).not.toEqual(whole.vectors.theta);
  });

  it('is bit-identical when it stops and goes on with every option that is off by default', async () => {
    const settings: BigNasSettings = {
      ...tinySettings,
      ...({ optimizer: 'rmsprop', learningRate: 0.01, dropout: 0.2, dropConnect: 0.2 } as const),
      ...({ sampling: 'best-up', sampledCandidates: 2, distillation: 'adaptive-alpha' } as const),
    };
    const run = async (step: number, from?: BigNasState) => {
      const trainer = await BigNasTrainer.create({ ...input, settings }, from);
      while (trainer.state.step < step) await trainer.step();
      await trainer.release();
      return trainer.state;
    };
    const whole = await run(4);
    const stored = decodeState('big-nas', encodeState('big-nas', await run(2)));
    expect(await run(4, requireVectors(stored, vectorLengths(tinySpace, settings)))).toEqual(whole);
    const plain = await trainTo(4);
    expect(() => requireVectors(plain, vectorLengths(tinySpace, settings))).toThrow(/meanSquare/);
  });

  it('teaches the largest and the smallest child; a child needs statistics of its own', async () => {
    const trainer = await BigNasTrainer.create({
      ...input,
      settings: { ...tinySettings, epochs: 40 },
    });
    while (!trainer.isFinished) await trainer.step();
    const test = tinyImages(150, 2);
    const accuracyOf = async (architecture: Architecture, statisticsOf: typeof train) => {
      const child = {
        space: tinySpace,
        architecture,
        layout: trainer.layout,
        theta: trainer.state.vectors.theta,
      };
      const statistics = await calibrate(child, statisticsOf, tinyFormat, 96, 1);
      const predictions = await predict(
        exportModel(child, tinyFormat, statistics, {}),
        test,
        tinyFormat,
        1,
      );
      return countCorrect(predictions, test.labels) / test.count;
    };
    for (const architecture of [maxArchitecture(tinySpace), minArchitecture(tinySpace)]) {
      expect(await accuracyOf(architecture, train)).toBeGreaterThan(0.9);
    }
    const black = { ...train, images: new Uint8Array(train.images.length) };
    expect(await accuracyOf(minArchitecture(tinySpace), black)).toBeLessThan(0.7);
    await trainer.release();
  });

  it('stops with a typed error when the loss is not a number', async () => {
    const trainer = await BigNasTrainer.create(input);
    const { step, vectors } = trainer.state;
    const broken = { step, vectors: { ...vectors, theta: vectors.theta.map(() => Number.NaN) } };
    await trainer.release();
    const next = await BigNasTrainer.create(input, broken);
    await expect(next.step()).rejects.toThrow(NonFiniteError);
    await next.release();
  });
});

describe('learningRateAt', () => {
  const options = { learningRate: 0.256, learningRateFloor: 0.05 };
  it('falls exponentially to its floor at 66 % of the run and stays there', () => {
    expect(learningRateAt(0, 1000, options)).toBe(0.256);
    expect(learningRateAt(330, 1000, options)).toBeCloseTo(0.256 * Math.sqrt(0.05), 9);
    expect(learningRateAt(660, 1000, options)).toBeCloseTo(0.0128, 9);
    expect(learningRateAt(999, 1000, options)).toBeCloseTo(0.0128, 9);
  });
  it('reproduces the published decay where the run is as long as it assumes', () => {
    // ×0.97 every 2.4 epochs meets 5 % at epoch 236.045, so T = 236.045 / 0.66 epochs.
    const total = 236.0447 / 0.66;
    const paper = { ...options, learningRateDecayEpochs: 2.4 };
    for (const [epoch, rate] of [
      [2.4, 0.24832],
      [24, 0.188781],
      [100, 0.0719552],
      [200, 0.0202248],
      [300, 0.0128],
    ] as const) {
      expect(learningRateAt(epoch, total, options)).toBeCloseTo(rate, 5);
      expect(learningRateAt(10 * epoch, 20, paper, 10)).toBeCloseTo(rate, 6);
    }
  });
});

describe('targets', () => {
  it('are smoothed one-hot rows that sum to 1', () => {
    const targets = smoothedLabels(Uint8Array.of(1, 0), 4, 0.1);
    expect(targets[1]).toBeCloseTo(0.925, 6);
    expect(targets[0]).toBeCloseTo(0.025, 6);
    expect(targets.slice(0, 4).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });
});

describe('propose', () => {
  const space = searchSpaces['mbconv-fashion-mnist-v1'];
  const accuracyOf = (architecture: Architecture) => Math.log(macs(space, architecture)) / 20;
  function run(budget: number, limits = {}): Scored[] {
    const evaluated: Scored[] = [];
    for (let round = 0; ; round++) {
      const next = propose({ space, limits, budget }, evaluated, rng(1, round));
      if (next.length === 0) return evaluated;
      evaluated.push(
        ...next.map((architecture) => ({ architecture, accuracy: accuracyOf(architecture) })),
      );
    }
  }
  it('spends its budget on different networks, the same ones each time', () => {
    const evaluated = run(40);
    expect(
      new Set(evaluated.map(({ architecture }) => canonicalHash(space, architecture))).size,
    ).toBe(40);
    expect(run(40)).toEqual(evaluated);
  });
  it('stays within limits', () => {
    const limits = { maxMacs: 600_000, maxParams: 20_000 };
    for (const { architecture } of run(20, limits))
      expect(macs(space, architecture)).toBeLessThanOrEqual(600_000);
  });
  it('ends when the space has nothing new', () => {
    const single = {
      ...space,
      resolution: [20],
      stem: { ...space.stem, width: [8] },
      stages: space.stages.map((stage) => ({ ...stage, width: [12], depth: [1], expansion: [2] })),
    };
    const evaluated: Scored[] = [];
    for (let round = 0; round < 30; round++) {
      const next = propose({ space: single, limits: {}, budget: 100 }, evaluated, rng(1, round));
      evaluated.push(...next.map((architecture) => ({ architecture, accuracy: 0.5 })));
    }
    expect(evaluated).toHaveLength(8);
  });
});

describe('images', () => {
  it('are mirrored left to right, row by row', () => {
    const set = { count: 1, images: Uint8Array.of(1, 2, 3, 4, 5, 6), labels: Uint8Array.of(0) };
    expect([...gather(set, [0], 3, () => true).images]).toEqual([3, 2, 1, 6, 5, 4]);
    expect([...set.images]).toEqual([1, 2, 3, 4, 5, 6]);
  });
  it('are held out by class, without overlap', () => {
    const { train: kept, heldOut } = holdOut(tinyImages(90), 0.2, rng(1));
    expect(heldOut).toHaveLength(18);
    expect(new Set([...kept, ...heldOut]).size).toBe(90);
    for (const label of [0, 1, 2]) expect(heldOut.filter((i) => i % 3 === label)).toHaveLength(6);
  });
  it('come once per epoch, in another order each epoch', () => {
    const order = new EpochOrder(10, 5, rng(1));
    const epoch = (e: number) => [...order.batchAt(2 * e), ...order.batchAt(2 * e + 1)];
    expect([...epoch(0)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epoch(1)).not.toEqual(epoch(0));
  });
  it('sample of the space is unaffected by the order of draws elsewhere', () => {
    expect(sample(tinySpace, rng(3).fork('a'))).toEqual(sample(tinySpace, rng(3).fork('a')));
  });
});
