import { InsufficientDataError, rng, ShapeError, ValidationError } from '@sextant/common';
import { Graph, plain, type Value } from '@sextant/engine';
import { gradcheck, type GradientCase } from '@sextant/engine/testing';
import { kendallTauB } from '@sextant/statistics';
import { describe, expect, it } from 'vitest';
import { mabn } from './mabn-network';
import { mabnParameterCount, mabnTensors, paperMabn, type MabnSizes } from './mabn-sizes';
import { scoreMabn } from './score-mabn';
import { trainMabn, type LabelledRows, type MabnSettings } from './train-mabn';

const tiny: MabnSizes = {
  ...{ features: 6, project: 6, segments: 3, width: 4, depth: 1, head: 3 },
  ...{ channelExpansion: 2, tokenExpansion: 0.5, tokenMixing: 'true', dropout: 0.25 },
};

/** All tensors, noise and uniforms as inputs, so that the gradient reaches each of them. */
function gradientCase(sizes: MabnSizes): GradientCase {
  const inputs: Record<string, ReturnType<typeof plain>> = { x: plain([2, sizes.features]) };
  for (const { name, dims } of mabnTensors(sizes)) inputs[name] = plain(dims);
  const graph = new Graph();
  const asked: Record<string, Value> = {};
  const ask = (name: string, dims: Parameters<typeof plain>[0]): Value => {
    inputs[name] = plain(dims);
    return (asked[name] = graph.input(name, plain(dims)));
  };
  const build = (x: Value, given: (name: string, dims: Parameters<typeof plain>[0]) => Value) =>
    mabn(x, sizes, {
      tensor: (name) => given(name, inputs[name]!.dims),
      noise: (name, dims) => given(`noise ${name}`, dims),
      uniform: (name, dims) => given(`uniform ${name}`, dims),
    });
  build(graph.input('x', inputs['x']!), (name, dims) => asked[name] ?? ask(name, dims));
  return {
    inputs,
    // Uniforms well away from the rate, where dropout jumps.
    prepare: (name, x) =>
      name.startsWith('uniform')
        ? { ...x, data: x.data.map((_, at) => (at % 3) / 2) }
        : { ...x, data: x.data.map((value) => 0.4 * value) },
    build: (values) => build(values['x']!, (name) => values[name]!),
  };
}

const settings: MabnSettings = {
  loss: { weights: { mse: 0, pairwise: 1, diffKendall: 1 }, alpha: 1 },
  ...{ weightDecay: 1e-3, batchSize: 16, steps: 150, learningRate: 5e-3, members: 2 },
};

/** Targets that a line through the features orders. */
function labelled(count: number, seed: number): LabelledRows {
  const draw = rng(seed, 'rows');
  const rows = Float32Array.from({ length: 6 * count }, () => draw.normal());
  const targets = Float32Array.from({ length: count }, (_, at) => {
    const [a = 0, b = 0, c = 0] = rows.subarray(6 * at);
    return a - 0.5 * b + 0.3 * c;
  });
  return { rows, targets };
}

const run = { seed: 7, threads: 1 };
const trained = await trainMabn(labelled(60, 1), tiny, settings, run);

describe('MABN', () => {
  it.each(['true', 'paper-code'] as const)(
    'has the gradient it should, with %s token mixing',
    async (tokenMixing) => {
      const report = await gradcheck(gradientCase({ ...tiny, tokenMixing }));
      expect(report.analyticVsNumeric).toBeLessThan(1e-6);
      // Normalising four channels whose mean is far from 0 costs float32 a digit or two.
      for (const error of Object.values(report.runtimeVsReference)) {
        expect(error).toBeLessThan(3e-4);
      }
    },
  );

  it("has the published code's number of parameters at its sizes", () => {
    expect(mabnParameterCount(paperMabn)).toBe(10_207_232);
  });

  it('has fewer to mix tokens than to mix channels twice', () => {
    const count = (tokenMixing: MabnSizes['tokenMixing']): number =>
      mabnParameterCount({ ...paperMabn, tokenMixing });
    const perBlock = (mixed: number, hidden: number): number => 2 * mixed * hidden + mixed + hidden;
    expect(count('paper-code') - count('true')).toBe(4 * (perBlock(512, 256) - perBlock(16, 8)));
  });

  it('refuses sizes that do not fit', () => {
    expect(() => mabnTensors({ ...tiny, segments: 4 })).toThrow('6 projected features');
    expect(() => mabnTensors({ ...tiny, width: 0 })).toThrow(ValidationError);
    expect(() => mabnTensors({ ...tiny, depth: -1 })).toThrow(ValidationError);
  });

  it('learns an order that it then finds in rows it has not seen', async () => {
    const { rows, targets } = labelled(200, 2);
    const { mean } = await scoreMabn(rows, tiny, trained, { threads: 1, draws: 0, seed: 1 });
    expect(kendallTauB(mean, targets)).toBeGreaterThan(0.7);
  });

  it('is the same, bit for bit, for the same seed, and another for another', async () => {
    const again = await trainMabn(labelled(60, 1), tiny, settings, run);
    expect(again.map((theta) => [...theta])).toEqual(trained.map((theta) => [...theta]));
    const other = await trainMabn(labelled(60, 1), tiny, settings, { ...run, seed: 8 });
    expect([...other[0]!]).not.toEqual([...trained[0]!]);
    expect([...trained[1]!]).not.toEqual([...trained[0]!]);
  });

  it('scores repeat without draws; draws spread them by a spread that their seed repeats', async () => {
    const { rows } = labelled(5, 3);
    const one = trained.slice(0, 1);
    const score = (draws: number, seed: number) =>
      scoreMabn(rows, tiny, one, { threads: 1, draws, seed });
    const [still, drawn, repeated, reseeded] = await Promise.all([
      score(0, 1),
      score(16, 1),
      score(16, 1),
      score(16, 2),
    ]);
    expect([...still.std]).toEqual([0, 0, 0, 0, 0]);
    expect([...(await score(0, 2)).mean]).toEqual([...still.mean]);
    expect(Math.min(...drawn.std)).toBeGreaterThan(0);
    expect([...repeated.mean]).toEqual([...drawn.mean]);
    expect([...reseeded.mean]).not.toEqual([...drawn.mean]);
  });

  it('stops between steps when it is told to', async () => {
    const controller = new AbortController();
    const training = trainMabn(
      labelled(60, 1),
      tiny,
      { ...settings, steps: 1e9 },
      { ...run, signal: controller.signal },
    );
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(training).rejects.toThrow('enough');
  });

  it('refuses too few labels and rows of another width', async () => {
    await expect(trainMabn(labelled(3, 1), tiny, settings, run)).rejects.toThrow(
      InsufficientDataError,
    );
    const { targets } = labelled(10, 1);
    const wrong = trainMabn({ rows: new Float32Array(50), targets }, tiny, settings, run);
    await expect(wrong).rejects.toThrow(ShapeError);
    await expect(
      scoreMabn(new Float32Array(7), tiny, trained, { threads: 1, draws: 0, seed: 1 }),
    ).rejects.toThrow(ShapeError);
  });
});
