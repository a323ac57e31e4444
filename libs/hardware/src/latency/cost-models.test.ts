import { InsufficientDataError, InvalidMeasurementError, rng, ShapeError } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import { cellAt, cellCount, hasUnreachableEdge, type Cell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { cellFeatures } from './cell-features';
import { chooseCostModel } from './choose-cost-model';
import { costError } from './cost-error';
import { costModelNames, costModels } from './cost-models';
import { withGroup, withKnownDevices } from './feature-layout';
import {
  costModelFrom,
  fitCostModel,
  type CostModelState,
  type Measurements,
} from './fitted-cost-model';
import { chooseArchitectures, learnTransfer } from './transfer';

/** Edges cost by operation and place, and a deep cell waits: nearly additive. */
const costOf = (cell: Cell, tilt = 0): number =>
  2 +
  cell.reduce(
    (sum, operation, edge) => sum + [0, 0.1, 1, 3 + tilt, 0.5][operation]! * (1 + edge / 9),
    0,
  );
const everyTwentieth = Array.from({ length: cellCount / 20 }, (_, i) => cellAt(20 * i));

const features = withKnownDevices(
  withGroup(cellFeatures, { name: 'table', role: 'table', columns: 1 }, (cell) => [
    costOf(cell) / 2 - 1,
  ]),
  ['slower', 'other', 'third'],
  (cell) => [4 * costOf(cell), costOf(cell, 4), costOf(cell, -2)],
);
const measure = (cells: readonly Cell[]): Measurements => ({
  layout: features.layout,
  rows: cells.map((cell) => features.of(cell)),
  costs: cells.map((cell) => costOf(cell)),
});
const population = {
  layout: features.layout,
  rows: everyTwentieth.map((cell) => features.of(cell)),
};
const knowledge = learnTransfer({ ...population, rows: population.rows.slice(0, 60) });
const picks = rng(5).shuffle(everyTwentieth);
const measurements = measure(picks.slice(0, 40));

describe.each(costModelNames)('%s', (name) => {
  const fitted = fitCostModel(name, measurements, { knowledge });
  const asked = measure(picks.slice(40));

  it('ranks what it has not seen, inside intervals that hold', () => {
    const error = costError(fitted.predict(asked.rows), asked.costs);
    expect(error.kendallTau).toBeGreaterThan(name === 'size' ? 0.6 : 0.9);
    expect(error.coverage).toBeGreaterThan(0.75);
    expect(fitted.crossValidatedError.n).toBe(40);
    expect(fitted.crossValidatedError.coverage).toBeGreaterThanOrEqual(0.85);
  });

  it('predicts the same once stored, and again when fitted again', () => {
    const state = JSON.parse(JSON.stringify(fitted)) as CostModelState;
    expect(costModelFrom(state).predict(asked.rows)).toEqual(fitted.predict(asked.rows));
    expect(costModelFrom(state).crossValidatedError).toEqual(fitted.crossValidatedError);
    expect(JSON.stringify(fitCostModel(name, measurements, { knowledge }))).toBe(
      JSON.stringify(state),
    );
  });

  it('has intervals around its values, none below 0', () => {
    for (const { value, lower, upper } of fitted.predict(asked.rows)) {
      expect(lower).toBeLessThanOrEqual(value);
      expect(upper).toBeGreaterThanOrEqual(value);
      expect(lower).toBeGreaterThanOrEqual(0);
    }
  });

  it('refuses rows of another layout', () => {
    expect(() => fitted.predict([[1, 2, 3]])).toThrow(ShapeError);
  });
});

describe('fitCostModel', () => {
  it('finds the factor and the constant of a block table', () => {
    const fitted = fitCostModel('block-table', measurements);
    expect(fitted.crossValidatedError.meanAbsolutePercentageError).toBeLessThan(1e-9);
    expect(fitted.predict(measurements.rows)[0]!.value).toBeCloseTo(measurements.costs[0]!, 9);
  });

  it('refuses few measurements, costs that are none, and features that are missing', () => {
    expect(() => fitCostModel('ridge', measure(picks.slice(0, 9)))).toThrow(InsufficientDataError);
    expect(() => fitCostModel('ridge', measure(picks.slice(0, 12)), { level: 0.99 })).toThrow(
      /level 0.99/,
    );
    const costs = Array.from(measurements.costs).with(7, -1);
    expect(() => fitCostModel('ridge', { ...measurements, costs })).toThrow(/measurement 7 is -1/);
    expect(() => fitCostModel('transfer', measurements)).toThrow(InvalidMeasurementError);
    const foreign = { ...knowledge, layout: cellFeatures.layout };
    expect(() => fitCostModel('transfer', measurements, { knowledge: foreign })).toThrow(/other/);
    const plain = {
      ...measurements,
      layout: cellFeatures.layout,
      rows: picks.slice(0, 40).map((cell) => cellFeatures.of(cell)),
    };
    expect(() => fitCostModel('block-table', plain)).toThrow(/no table columns/);
  });
});

describe('chooseCostModel', () => {
  it('takes the best by cross-validation and says why', () => {
    const { best, compared, reason } = chooseCostModel(measurements, {
      models: ['size', 'additive', 'block-table'],
    });
    expect(best.name).toBe('block-table');
    expect(compared.map(({ name }) => name)).toEqual(['block-table', 'additive', 'size']);
    expect(reason).toMatch(/^block-table ranks the 40 measurements best .* size τ 0\.\d{3}, \d/);
  });

  it('takes transfer unless another is better by more than chance, and says so', () => {
    const models = ['block-table', 'transfer'] as const;
    // the table is exact here, transfer off by a pair or two of ten
    const near = chooseCostModel(measure(picks.slice(0, 10)), { knowledge, models });
    expect(near.compared.map(({ name }) => name)).toEqual(['transfer', 'block-table']);
    expect(near.reason).toMatch(/^transfer knows other devices too, .*\(±0\.25\)/);
    // and of this device nothing but the table is known
    const draw = rng(8);
    const foreign = measure(picks.slice(0, 40));
    const costs = foreign.rows.map(() => 1 + draw.uniform());
    const rows = foreign.rows.map((row, i) => Float64Array.from(row).with(43, costs[i]!));
    const far = chooseCostModel({ ...foreign, rows, costs }, { knowledge, models });
    expect(far.best.name).toBe('block-table');
    expect(far.reason).toMatch(/^block-table ranks the 40 measurements best/);
  });

  it('leaves out what the features do not allow', () => {
    const sizes = {
      ...measurements,
      layout: [{ name: 'size', role: 'size', columns: 2 }] as const,
    };
    const rows = measurements.rows.map((row) => [row[30]!, row[31]!]);
    expect(chooseCostModel({ ...sizes, rows }).best.name).toBe('size');
    const none = [{ name: 'shape', role: 'structure', columns: 2 }] as const;
    expect(() => chooseCostModel({ ...sizes, layout: none, rows })).toThrow(/shape/);
  });
});

describe('transfer', () => {
  it('ranks from ten measurements better than without the known devices', () => {
    const cells = picks.slice(0, 10);
    const asked = measure(picks.slice(10));
    const tau = (name: 'transfer' | 'ridge') =>
      costError(fitCostModel(name, measure(cells), { knowledge }).predict(asked.rows), asked.costs)
        .kendallTau!;
    expect(tau('transfer')).toBeGreaterThan(0.95);
    expect(tau('transfer')).toBeGreaterThan(tau('ridge') + 0.1);
  });

  it('chooses architectures by seed, none twice', () => {
    const of = (seed: number) => chooseArchitectures(population, 20, { rng: rng(seed), knowledge });
    expect(of(1)).toEqual(of(1));
    expect(new Set(of(1)).size).toBe(20);
    expect(chooseArchitectures(population, 5, { rng: rng(1) })).toHaveLength(5);
    expect(() => chooseArchitectures(population, 1000, { rng: rng(1) })).toThrow(
      InsufficientDataError,
    );
  });

  it('needs two known devices and some architectures', () => {
    const alone = withKnownDevices(cellFeatures, ['slower'], (cell) => [costOf(cell)]);
    const rows = everyTwentieth.map((cell) => alone.of(cell));
    expect(() => learnTransfer({ layout: alone.layout, rows })).toThrow(/at least 2 known devices/);
    expect(() => learnTransfer({ ...population, rows: population.rows.slice(0, 5) })).toThrow(
      /at least 20/,
    );
  });
});

it('refers to where each model comes from', () => {
  for (const name of costModelNames) expect(costModels[name].reference).toMatch(/\d{4}/);
});

const table = 'hw_nas_bench/nb201_cifar10.csv.gz';
const help = 'nb201_latency/help_8dev.csv.gz';
const missing = withoutTables(table, help);

describe.skipIf(missing)(`on measured devices${missing}`, () => {
  it('ranks the cells of an edge GPU from 50 measurements, ρ ≈ .945', () => {
    const records = readTable(table);
    const [index, costs] = [numbers(records, 'idx'), numbers(records, 'edgegpu_latency')];
    const kept = index.flatMap((at, i) =>
      hasUnreachableEdge(cellAt(at)) || costs[i]! < 0.05 ? [] : [i],
    );
    const of = (at: readonly number[]): Measurements => ({
      layout: cellFeatures.layout,
      rows: at.map((i) => cellFeatures.of(cellAt(index[i]!))),
      costs: at.map((i) => costs[i]!),
    });
    const order = rng(1).shuffle(kept);
    const fitted = fitCostModel('gaussian-process', of(order.slice(0, 50)));
    const asked = of(order.slice(50, 2050));
    const error = costError(fitted.predict(asked.rows), asked.costs);
    expect(error.spearman).toBeGreaterThan(0.92);
    expect(error.coverage).toBeGreaterThan(0.8);
  });

  it('ranks the cells of a Pixel 2 from 10 measurements and seven other devices', () => {
    const records = readTable(help).filter((_, i) => i % 10 === 0);
    const others = Object.keys(records[0]!).filter((it) => it !== 'idx' && it !== 'lat_ms_pixel2');
    const mapped = withKnownDevices(
      {
        layout: cellFeatures.layout,
        of: (at: number) => cellFeatures.of(cellAt(Number(records[at]!['idx']))),
      },
      others,
      (at) => others.map((device) => Number(records[at]![device])),
    );
    const rows = records.map((_, at) => mapped.of(at));
    const costs = numbers(records, 'lat_ms_pixel2');
    const { layout } = mapped;
    const learned = learnTransfer({ layout, rows: rows.slice(0, 40) });
    const measured = chooseArchitectures({ layout, rows }, 10, { rng: rng(2), knowledge: learned });
    const fitted = fitCostModel(
      'transfer',
      { layout, rows: measured.map((i) => rows[i]!), costs: measured.map((i) => costs[i]!) },
      { knowledge: learned },
    );
    expect(costError(fitted.predict(rows), costs).spearman).toBeGreaterThan(0.8);
  });
});
