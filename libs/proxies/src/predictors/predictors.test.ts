import { InsufficientDataError, rng, ShapeError, ValidationError } from '@sextant/common';
import { kendallTauB } from '@sextant/statistics';
import { describe, expect, it } from 'vitest';
import { fitParzc, parzcDefaults, type ParzcOptions } from '../parzc/parzc-predictor';
import { labelAt, labelScale, normalScores } from '../parzc/label-scale';
import type { ArchitectureFeatures } from './architecture-features';
import { scoreColumns, scoreRow } from './columns';
import { fitPredictor } from './fit-predictor';
import { normalQuantile } from './normal-quantile';
import { quantiled, quantileScaling } from './quantiles';
import { predictorNames } from './predictor';
import { predictorFrom, type PredictorState } from './predictor-state';

/** Architectures whose merit lies in the profile of `a`, in `wide` and in the first number of the encoding. */
function population(count: number, seed: number) {
  const draw = rng(seed, 'population');
  const labels: number[] = [];
  const features = Array.from({ length: count }, (): ArchitectureFeatures => {
    const [tail, size, kind] = [draw.uniform(), draw.uniform(), draw.int(2)];
    labels.push(0.6 + 0.12 * tail + 0.16 * size + 0.05 * kind + 0.005 * draw.normal());
    return {
      macs: 1e6 * draw.uniform(),
      paramCount: 1e4 * (1 + size),
      scores: { wide: Math.exp(20 * size + draw.normal()), noise: draw.normal() },
      encoding: [kind, 1 - kind],
      nodes: { a: [1, 2 + tail, 3], b: [draw.uniform(), 1] },
    };
  });
  return { features, labels };
}

const run = { seed: 3, threads: 1 };

const quick: ParzcOptions = {
  ...parzcDefaults,
  // What decides here lies in nodes and encoding.
  features: { ...parzcDefaults.features, blocksCountFrom: 60 },
  settings: { ...parzcDefaults.settings, members: 2 },
  steps: { least: 120, perLabel: 0 },
};
/** Enough to compare predictors, quickly. */
const few: ParzcOptions = {
  ...quick,
  settings: { ...quick.settings, members: 1 },
  steps: { least: 20, perLabel: 0 },
};
const known = population(60, 1);
const unknown = population(100, 2);
const parzc = await fitParzc(known.features, Float64Array.from(known.labels), run, quick);

describe('labels as normal scores', () => {
  it('are quantiles of the normal distribution by rank, shared by ties', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 3);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 3);
    const [a, b, c, d] = normalScores(Float64Array.of(5, 1, 5, 9));
    expect(a).toBe(c);
    expect(b).toBeCloseTo(-d!, 9);
    expect(b).toBeLessThan(a!);
  });

  it('return to the labels, and stay in order beyond them', () => {
    const labels = Float64Array.of(0.3, 0.9, 0.5, 0.5);
    const scale = labelScale(labels);
    normalScores(labels).forEach((score, at) =>
      expect(labelAt(score, scale)).toBeCloseTo(labels[at]!, 9),
    );
    const beyond = [-9, -5, -1, 0, 1, 5, 9].map((score) => labelAt(score, scale));
    expect(beyond).toEqual([...beyond].sort((a, b) => a - b));
    expect(new Set(beyond).size).toBe(7);
  });
});

describe('columns of scores', () => {
  it('take wide ranges by their logarithm, and failures as the least of the training set', () => {
    const of = (values: Record<string, number>): ArchitectureFeatures => ({
      ...{ macs: 1, paramCount: 1, scores: values, encoding: [] },
    });
    const columns = scoreColumns([of({ w: 1, m: -1, n: 3 }), of({ w: 100, m: -1e4, n: 4 })]);
    expect(scoreRow(of({ w: 10, m: -10, n: 3.5 }), columns).slice(2)).toEqual([
      Math.log(10),
      -Math.log(10),
      3.5,
    ]);
    expect(scoreRow(of({ w: -1, m: Number.NaN, n: Number.NaN }), columns).slice(2)).toEqual([
      0,
      -Math.log(1e4),
      3,
    ]);
  });
});

describe('columns as quantiles', () => {
  it('are normal scores of training ranks, linear between and constant beyond', () => {
    const scaling = quantileScaling([[1], [10], [1000]]);
    const [least, middle, half, most, beyond, failed] = quantiled(
      [[1], [10], [505], [1000], [1e9], [Number.NaN]],
      scaling,
    ).map(([value]) => value!);
    expect(middle).toBeCloseTo(0, 3);
    expect(least).toBeCloseTo(normalQuantile(1 / 6), 9);
    expect(half).toBeCloseTo(most! / 2, 3);
    expect(beyond).toBe(most);
    expect(failed).toBe(least);
  });

  it('of ties share a score; of constants are 0', () => {
    const scaling = quantileScaling([
      [0, 5],
      [0, 5],
      [1, 5],
      [1, 5],
    ]);
    const [a, b] = quantiled(
      [
        [0, 5],
        [1, 7],
      ],
      scaling,
    );
    expect(a![0]).toBeCloseTo(normalQuantile(0.25), 9);
    expect(b![0]).toBeCloseTo(-a![0]!, 9);
    expect([a![1], b![1]]).toEqual([0, 0]);
    expect(() => quantiled([[1]], scaling)).toThrow(ShapeError);
  });
});

describe('predictors', () => {
  it.each(predictorNames.filter((name) => name !== 'parzc'))(
    '%s predicts the same after a trip through JSON',
    async (name) => {
      const { predictor, report } = await fitPredictor({ ...known, name, ...run });
      expect(report).toMatchObject({ picked: name, compared: [] });
      const { scores } = await predictor.predict(unknown.features);
      const state = JSON.parse(JSON.stringify(predictor)) as PredictorState;
      expect([...(await predictorFrom(state).predict(unknown.features)).scores]).toEqual([
        ...scores,
      ]);
      if (name !== 'macs') expect(kendallTauB(scores, unknown.labels)).toBeGreaterThan(0.15);
    },
  );

  it('parzc finds the order of architectures it has not seen, in the unit of the labels', async () => {
    const { scores, std } = await parzc.predict(unknown.features);
    expect(kendallTauB(scores, unknown.labels)).toBeGreaterThan(0.75);
    expect(Math.min(...scores)).toBeGreaterThan(0.5);
    expect(Math.max(...scores)).toBeLessThan(1.1);
    expect(Math.min(...std!)).toBeGreaterThan(0);
  });

  it('parzc is the same for the same seed, and after a trip through JSON', async () => {
    const fit = () => fitParzc(known.features, Float64Array.from(known.labels), run, few);
    const [first, again] = [await fit(), await fit()];
    expect(again.toJSON()).toEqual(first.toJSON());
    const state = JSON.parse(JSON.stringify(first)) as PredictorState;
    const restored = predictorFrom(state);
    const [a, b] = [
      await first.predict(unknown.features),
      await restored.predict(unknown.features),
    ];
    expect([...b.scores]).toEqual([...a.scores]);
    const damaged = { ...state, members: ['AAAA'] } as PredictorState;
    expect(() => predictorFrom(damaged)).toThrow(ValidationError);
  }, 120_000);

  it('rank-mean ranks failures last and says nothing of labels', async () => {
    const of = (nwot: number, paramCount: number): ArchitectureFeatures => ({
      ...{ macs: 1, paramCount, scores: { nwot }, encoding: [] },
    });
    const features = [of(2, 10), of(Number.NaN, 30), of(3, 20)];
    const { predictor } = await fitPredictor({
      features,
      labels: [1, 2, 3],
      name: 'rank-mean',
      ...run,
    });
    const { scores } = await predictor.predict(features);
    expect([...scores]).toEqual([1.5, 2, 2.5]);
  });

  it('refuse labels that do not fit, too few of them, and more nodes than known', async () => {
    const fit = (features: readonly ArchitectureFeatures[], labels: readonly number[]) =>
      fitPredictor({ features, labels, name: 'parzc', ...run });
    await expect(fit(known.features, [1])).rejects.toThrow('1 labels for 60 architectures');
    await expect(fit(known.features.slice(0, 1), [Number.NaN])).rejects.toThrow(ValidationError);
    await expect(fit([], [])).rejects.toThrow(ValidationError);
    await expect(fit(known.features.slice(0, 3), [1, 2, 3])).rejects.toThrow(InsufficientDataError);
    const [first] = unknown.features as [ArchitectureFeatures];
    const longer = { ...first, nodes: { ...first.nodes, a: [1, 2, 3, 4] } };
    await expect(parzc.predict([longer])).rejects.toThrow(ShapeError);
  });
});

describe('auto', () => {
  it('takes the one with the highest cross-validated τ and shows the table', async () => {
    const { features, labels } = population(15, 5);
    const { predictor, report } = await fitPredictor({
      features,
      labels,
      name: 'auto',
      parzc: few,
      ...run,
    });
    expect(report.compared.map(({ name }) => name).sort()).toEqual([...predictorNames].sort());
    const taus = report.compared.map(({ tau }) => tau!.value);
    expect(taus).toEqual([...taus].sort((a, b) => b - a));
    expect(report.picked).toBe(report.compared[0]!.name);
    expect(predictor.name).toBe(report.picked);
    expect(report.folds).toBe(3);
    expect(report.why).toContain(report.compared[1]!.name);
    for (const { tau } of report.compared) expect(tau!.lower).toBeLessThan(tau!.upper);
  }, 120_000);

  it('does not compare on fewer labels than tell anything, or where labels have no order', async () => {
    const { report } = await fitPredictor({ ...population(9, 5), name: 'auto', ...run });
    expect(report).toMatchObject({ picked: 'rank-mean', folds: 0, compared: [] });
    const { features } = population(12, 5);
    const flat = await fitPredictor({
      features,
      labels: features.map(() => 0.5),
      name: 'auto',
      parzc: few,
      ...run,
    });
    expect(flat.report.picked).toBe('rank-mean');
    expect(flat.report.compared.every(({ tau, problem }) => tau === null && problem !== null)).toBe(
      true,
    );
  }, 120_000);
});
