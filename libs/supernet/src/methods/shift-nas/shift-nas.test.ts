import { rng } from '@sextant/common';
import { shiftNasPresets } from '@sextant/contracts';
import { fillUniform, portableLowerings, probeLowerings, softmax } from '@sextant/engine';
import { expectLiterals } from '@sextant/engine/testing';
import { spearman } from '@sextant/statistics';
import { beforeAll, describe, expect, it } from 'vitest';
import { tinyFormat, tinyImages, tinySpace, tinyTransformer } from '../../../testing';
import { familyOf } from '../../families';
import { decodeState, encodeState, requireVectors } from '../training-state';
import { binProbabilities, binTarget, drawIndex, hitsTarget } from './cost-bins';
import { policyWidth } from './generator';
import { GeneratorSampler } from './generator-sessions';
import { appended, readHistory } from './history';
import { ProbabilityShift, progressOf } from './probability-shift';
import {
  generatorShape,
  ShiftNasTrainer,
  vectorLengths,
  warmUpSteps,
  type ShiftNasState,
} from './trainer';

const where = { threads: 1, lowerings: portableLowerings };
const options = { threads: 1, optimization: 'none' } as const;
const zeros = (length: number) => new Float32Array(length);

describe('the move of the distribution', () => {
  const before = [2.0, 1.8, 1.6, 1.5];
  const after = [1.9, 1.75, 1.58, 1.3];
  const visits = [0, 0, 0, 0];
  const move = async (progress: Float32Array, logits = zeros(4)) => {
    const shift = await ProbabilityShift.create(4, options);
    const state = { logits, logitsFirst: zeros(4), logitsSecond: zeros(4) };
    const next = await shift.apply(state, progress, 1, 1e-3);
    await shift.release();
    // Before any moment, the first moment of Adam is 0.1 times the gradient.
    return { logits: next.logits, gradient: next.logitsFirst.map((moment) => moment * 10) };
  };

  it('has the gradient (−.001875, .010625, .018125, −.026875) in the worked example, and Adam’s first step', async () => {
    const { logits, gradient } = await move(progressOf({ before, after, visits }, 'paper'));
    [-0.001875, 0.010625, 0.018125, -0.026875].forEach((value, bin) =>
      expect(gradient[bin]).toBeCloseTo(value, 6),
    );
    [1e-3, -1e-3, -1e-3, 1e-3].forEach((value, bin) => expect(logits[bin]).toBeCloseTo(value, 6));
  });

  it('with plain descent at rate 1 gives (.250433, .247322, .245474, .256772)', () => {
    const logits = Float32Array.of(0.001875, -0.010625, -0.018125, 0.026875);
    [0.250433, 0.247322, 0.245474, 0.256772].forEach((value, bin) =>
      expect(binProbabilities(logits, 0)[bin]).toBeCloseTo(value, 6),
    );
  });

  it('sums to 0, vanishes where all losses fell alike, and does not see a constant added to both', async () => {
    const uneven = Float32Array.of(0.3, -0.2, 0.1, 0);
    const { gradient } = await move(progressOf({ before, after, visits }, 'paper'), uneven);
    expect(gradient.reduce((a, b) => a + b)).toBeCloseTo(0, 6);
    const even = await move(Float32Array.of(-0.1, -0.1, -0.1, -0.1), uneven);
    for (const value of even.gradient) expect(value).toBeCloseTo(0, 6);
    const shifted = progressOf(
      { before: before.map((loss) => loss + 5), after: after.map((loss) => loss + 5), visits },
      'paper',
    );
    progressOf({ before, after, visits }, 'paper').forEach((value, bin) =>
      expect(shifted[bin]).toBeCloseTo(value, 6),
    );
  });

  it('per visit does not reward a bin for being drawn more often', () => {
    const often = progressOf(
      { before, after: [1.6, 1.7, 1.6, 1.5], visits: [3, 0, 0, 0] },
      'per-visit',
    );
    expect(often[0]).toBeCloseTo(-0.1, 6);
    expect(often[1]).toBeCloseTo(-0.1, 6);
  });
});

describe('the distribution over bins', () => {
  it('keeps a uniform share, whatever was learnt', () => {
    const probabilities = binProbabilities(Float32Array.of(50, 0, 0, 0), 0.2);
    expect(probabilities[1]).toBeCloseTo(0.05, 9);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  it('draws bins uniformly at the start (χ²), where uniform choices hardly ever are at the ends', () => {
    const [bins, draws] = [8, 4000];
    const draw = rng(1);
    const counts = Array<number>(bins).fill(0);
    for (let at = 0; at < draws; at++)
      counts[drawIndex(binProbabilities(zeros(bins), 0.1), draw.uniform())]! += 1;
    const expected = draws / bins;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquared).toBeLessThan(24.3); // 0.1 % of χ² with 7 degrees of freedom
    const family = familyOf(tinySpace);
    const [min, max] = [family.macs(family.smallest), family.macs(family.largest)];
    const ends = Array.from({ length: 1000 }, () => {
      const cost = (family.macs(family.sample(draw)) - min) / (max - min);
      return Math.floor(cost * bins);
    }).filter((bin) => bin >= bins - 2).length;
    expect(ends).toBeLessThan(100);
  });

  it('counts a target as hit within half a bin', () => {
    expect(binTarget(0, 4)).toBe(0.125);
    expect(hitsTarget(0.25, binTarget(0, 4), 4)).toBe(true);
    expect(hitsTarget(0.26, binTarget(0, 4), 4)).toBe(false);
  });

  it('is logged with the losses of bins, row by row', () => {
    const record = { step: 25, probabilities: [0.25, 0.75], losses: [1.5, 2], hitRate: 0.5 };
    const history = appended(appended(zeros(0), record), { ...record, step: 50 });
    expect(readHistory(history, 2)).toEqual([record, { ...record, step: 50 }]);
  });
});

it('a cumulative mask never rises: p = (.2, .5, .3) gives (1, .8, .3)', () =>
  expectLiterals(
    { logits: [0.2, 0.5, 0.3].map(Math.log) },
    ({ logits }) => ({ p: softmax(logits!) }),
    {
      p: [0.2, 0.5, 0.3],
    },
  ));

const settings = {
  ...shiftNasPresets.cpu,
  ...{ epochs: 4, batchSize: 16, bins: 4, shiftEvery: 3, shiftAfter: 0.1, shiftFraction: 0.2 },
  generatorWarmUpSteps: 400,
};
const lowerings = await probeLowerings();
const input = {
  train: tinyImages(120),
  format: tinyFormat,
  settings,
  seed: 3,
  threads: 1,
  lowerings,
};

describe.each([
  ['inverted residuals', tinySpace],
  ['vision transformers', tinyTransformer],
])('ShiftNAS of %s', (_, space) => {
  const trainTo = async (networks: number, from?: ShiftNasState) => {
    const trainer = await ShiftNasTrainer.create({ ...input, space }, from);
    const metrics = [];
    const step = warmUpSteps(settings) + networks;
    while (trainer.state.step < step) metrics.push(await trainer.step());
    await trainer.release();
    return { state: trainer.state, metrics, totalSteps: trainer.totalSteps };
  };

  let whole: Awaited<ReturnType<typeof trainTo>>;
  let half: Awaited<ReturnType<typeof trainTo>>;
  beforeAll(async () => {
    whole = await trainTo(12);
    half = await trainTo(5);
  }, 120_000);

  it('goes on bit for bit from stored bytes, also across a move of the distribution', async () => {
    const bytes = encodeState('shift-nas', half.state);
    const stored = requireVectors(decodeState('shift-nas', bytes), vectorLengths(space, settings));
    expect((await trainTo(12, stored)).state).toEqual(whole.state);
  });

  it('goes on bit for bit from within the warm-up of its generator too', async () => {
    const short = { ...input, space, settings: { ...settings, generatorWarmUpSteps: 60 } };
    const run = async (step: number, from?: ShiftNasState) => {
      const trainer = await ShiftNasTrainer.create(short, from);
      while (trainer.state.step < step) await trainer.step();
      await trainer.release();
      return trainer.state;
    };
    expect(warmUpSteps(short.settings)).toBe(3);
    expect(await run(4, await run(2))).toEqual(await run(4));
  });

  it('moves the distribution, logs it with the loss of each bin, and tells every step', () => {
    const { state, metrics } = whole;
    const history = readHistory(state.vectors.history, settings.bins);
    expect(history.map(({ step }) => step)).toEqual([3, 6, 9, 12]);
    for (const { probabilities, losses } of history) {
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      for (const loss of losses) expect(loss).toBeGreaterThan(0);
    }
    expect(history[0]!.probabilities.every((p) => Math.abs(p - 0.25) < 1e-6)).toBe(true);
    // Only where the generator met its targets between two looks.
    const mayMove = history.slice(1).some(({ hitRate }) => hitRate >= 0.9);
    const isUniform = history.at(-1)!.probabilities.every((p) => Math.abs(p - 0.25) < 1e-6);
    expect(isUniform).toBe(!mayMove);
    expect(metrics.at(-1)).toMatchObject({
      loss: expect.any(Number),
      'probability.3': expect.any(Number),
    });
  });

  it('has a generator that meets its targets once it is warmed up', async () => {
    const family = familyOf(space);
    const shape = generatorShape(family, settings);
    const { state } = half;
    const sampler = await GeneratorSampler.create(shape, where);
    const [targets, costs]: [number[], number[]] = [[], []];
    for (let run = 0; run < 25; run++) {
      const asked = Array.from({ length: shape.rows }, (_unused, row) => binTarget(row % 4, 4));
      const uniform = fillUniform(zeros(shape.rows * policyWidth(family)), rng(run, 'draws'));
      const drawn = await sampler.draw(state.vectors.generator, { targets: asked, uniform });
      targets.push(...asked);
      costs.push(...drawn.costs);
      const [min, max] = [family.macs(family.smallest), family.macs(family.largest)];
      drawn.encodings.forEach((encoding, row) =>
        expect((family.macs(family.decode(encoding)) - min) / (max - min)).toBeCloseTo(
          drawn.costs[row]!,
          5,
        ),
      );
    }
    await sampler.release();
    const hits = targets.filter((target, at) => hitsTarget(costs[at]!, target, 4));
    expect(hits.length / targets.length).toBeGreaterThanOrEqual(0.9);
    expect(spearman(targets, costs)).toBeGreaterThan(0.9);
  });
});

describe('baselines', () => {
  it.each(['bin-uniform', 'op-uniform'] as const)(
    '%s trains, and never moves the distribution',
    async (sampler) => {
      const trainer = await ShiftNasTrainer.create({
        ...input,
        space: tinySpace,
        settings: { ...settings, sampler, generatorWarmUpSteps: 30 },
      });
      const first = await trainer.step();
      for (let step = 1; step < 12; step++) await trainer.step();
      expect(first.loss).toBeGreaterThan(0);
      expect(trainer.probabilities).toEqual(Array(4).fill(0.25));
      await trainer.release();
    },
  );
});
