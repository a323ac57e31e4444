/**
 * @file What few measurements of a device tell of all architectures: 50 of each HW-NAS-Bench device, 10 of each HELP device with
 * the others known, and Once-for-All subnets. Rank correlation, error and coverage on 3,000 architectures not measured, mean
 * over seeds with 95 % intervals; measurements at random unless it says chosen.
 */
import { rng } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import { cellAt, hasUnreachableEdge } from '@sextant/search-space';
import { meanInterval } from '@sextant/statistics';
import {
  cellFeatures,
  chooseArchitectures,
  costError,
  fitCostModel,
  learnTransfer,
  ofaFeatures,
  withKnownDevices,
  type CostError,
  type CostModelName,
  type FeatureLayout,
  type TransferKnowledge,
} from '../src';

const seeds = Number(process.env['SEXTANT_BENCH_SEEDS'] ?? 20);
const files = {
  hwNasBench: 'hw_nas_bench/nb201_cifar10.csv.gz',
  help: 'nb201_latency/help_8dev.csv.gz',
  ofa: 'ofa_latency/ofa5000.csv.gz',
} as const;

/** A device with everything it could be asked. */
interface Device {
  readonly layout: FeatureLayout;
  readonly rows: readonly Float64Array[];
  readonly costs: readonly number[];
}

type Pick = (device: Device, count: number, seed: number) => readonly number[];

const atRandom: Pick = ({ rows }, count, seed) =>
  rng(seed, 'predictors-bench')
    .shuffle(rows.map((_, i) => i))
    .slice(0, count);

const chosen =
  (knowledge?: TransferKnowledge): Pick =>
  (device, count, seed) =>
    chooseArchitectures(device, count, {
      rng: rng(seed, 'predictors-bench'),
      ...(knowledge && { knowledge }),
    });

/** Architectures that are asked for: of all that were not measured, a random part. */
const askedFor = 3000;

/** Fits to `count` measurements, and asks for others. */
function errorsOf(
  name: CostModelName,
  device: Device,
  count: number,
  pick: Pick,
  knowledge?: TransferKnowledge,
): CostError[] {
  return Array.from({ length: seeds }, (_, seed) => {
    const measured = pick(device, count, seed);
    const known = new Set(measured);
    const asked = rng(seed, 'predictors-bench-asked')
      .shuffle(device.rows.map((_row, i) => i))
      .filter((i) => !known.has(i))
      .slice(0, askedFor);
    const model = fitCostModel(
      name,
      {
        layout: device.layout,
        rows: measured.map((i) => device.rows[i]!),
        costs: measured.map((i) => device.costs[i]!),
      },
      { seed, ...(knowledge && { knowledge }) },
    );
    return costError(
      model.predict(asked.map((i) => device.rows[i]!)),
      asked.map((i) => device.costs[i]!),
    );
  });
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, it) => sum + it / values.length, 0);

function summary(errors: readonly CostError[]) {
  const rho = meanInterval(errors.map(({ spearman }) => spearman ?? 0));
  const mape = errors.map(({ meanAbsolutePercentageError }) => meanAbsolutePercentageError);
  return {
    rho: rho.value,
    rhoInterval: [rho.lower, rho.upper],
    tau: mean(errors.map(({ kendallTau }) => kendallTau ?? 0)),
    mape: mean(mape),
    within10: mean(errors.map(({ within10Percent }) => within10Percent)),
    coverage: mean(errors.map(({ coverage }) => coverage)),
  };
}

type Summaries = Readonly<Record<string, ReturnType<typeof summary>>>;

const meanOf = (devices: Summaries, key: 'rho' | 'coverage'): number =>
  mean(Object.values(devices).map((it) => it[key]));
const worstRho = (devices: Summaries): number =>
  Math.min(...Object.values(devices).map(({ rho }) => rho));
const totals = (devices: Summaries) => ({
  meanRho: meanOf(devices, 'rho'),
  worstDeviceRho: worstRho(devices),
  coverage: meanOf(devices, 'coverage'),
  devices,
});

const forEach = (devices: readonly string[], of: (device: string) => CostError[]): Summaries =>
  Object.fromEntries(devices.map((device) => [device, summary(of(device))]));

function fiftyMeasurements() {
  const names = ['edgegpu', 'raspi4', 'edgetpu', 'pixel3', 'eyeriss', 'fpga'];
  const table = readTable(files.hwNasBench);
  const cells = numbers(table, 'idx').map(cellAt);
  const deviceOf = (name: string): Device => {
    const costs = numbers(table, `${name}_latency`);
    // −1 and ≈ 0 ms stand for what did not run.
    const kept = cells.flatMap((cell, i) =>
      costs[i]! > 0.05 && !hasUnreachableEdge(cell) ? [i] : [],
    );
    return {
      layout: cellFeatures.layout,
      rows: kept.map((i) => cellFeatures.of(cells[i]!)),
      costs: kept.map((i) => costs[i]!),
    };
  };
  const devices = Object.fromEntries(names.map((name) => [name, deviceOf(name)]));
  const of = (model: CostModelName, pick: Pick) =>
    totals(forEach(names, (name) => errorsOf(model, devices[name]!, 50, pick)));
  return {
    size: of('size', atRandom),
    additive: of('additive', atRandom),
    ridge: of('ridge', atRandom),
    'log-gaussian-process': of('log-gaussian-process', atRandom),
    'gaussian-process': of('gaussian-process', atRandom),
    'gaussian-process, chosen': of('gaussian-process', chosen()),
  };
}

function tenWithTransfer() {
  const table = readTable(files.help);
  const cells = numbers(table, 'idx').map(cellAt);
  const names = Object.keys(table[0] ?? {}).filter((it) => it !== 'idx');
  const costs = Object.fromEntries(names.map((name) => [name, numbers(table, name)]));
  const heldOut = names.map((name) => {
    const others = names.filter((it) => it !== name);
    const features = withKnownDevices(
      { layout: cellFeatures.layout, of: (at: number) => cellFeatures.of(cells[at]!) },
      others,
      (at) => others.map((other) => costs[other]![at]!),
    );
    const rows = cells.map((_, at) => features.of(at));
    const device: Device = { layout: features.layout, rows, costs: costs[name]! };
    const taught = rng(0, 'predictors-bench-taught').shuffle(rows).slice(0, 400);
    const knowledge = learnTransfer({ layout: device.layout, rows: taught });
    return [name, { device, knowledge }] as const;
  });
  const devices = Object.fromEntries(heldOut);
  const of = (model: CostModelName, isChosen: boolean) =>
    totals(
      forEach(names, (name) => {
        const { device, knowledge } = devices[name]!;
        return errorsOf(model, device, 10, isChosen ? chosen(knowledge) : atRandom, knowledge);
      }),
    );
  return {
    size: of('size', false),
    ridge: of('ridge', false),
    transfer: of('transfer', false),
    'transfer, chosen': of('transfer', true),
  };
}

function onceForAll() {
  const table = readTable(files.ofa);
  const digits = (text: string): number[] => Array.from(text, Number);
  const rows = table.map(({ ks, e, d, r }) =>
    ofaFeatures.of({
      kernels: digits(ks!),
      expansions: digits(e!),
      depths: digits(d!),
      resolution: Number(r),
    }),
  );
  const names = ['v100_64', 'v100_1', '2080ti_1'];
  const of = (model: CostModelName, count: number, repeats: number) =>
    Object.fromEntries(
      names.map((name) => {
        const costs = numbers(table, `lat_ms_${name}`);
        const errors = Array.from({ length: repeats }, (_, seed) => {
          const order = rng(seed, 'predictors-bench-ofa').shuffle(rows.map((_row, i) => i));
          const [measured, asked] = [order.slice(1000, 1000 + count), order.slice(0, 1000)];
          const model_ = fitCostModel(model, {
            layout: ofaFeatures.layout,
            rows: measured.map((i) => rows[i]!),
            costs: measured.map((i) => costs[i]!),
          });
          return costError(
            model_.predict(asked.map((i) => rows[i]!)),
            asked.map((i) => costs[i]!),
          );
        });
        return [name, summary(errors)];
      }),
    );
  return {
    additive: {
      50: of('additive', 50, 3),
      200: of('additive', 200, 3),
      1000: of('additive', 1000, 2),
    },
  };
}

export function run() {
  const missing = withoutTables(...Object.values(files));
  if (missing) return { skipped: missing };
  const fifty = fiftyMeasurements();
  const ten = tenWithTransfer();
  const best = fifty['gaussian-process'];
  return {
    seeds,
    meanRho50: best.meanRho,
    worstDeviceRho50: best.worstDeviceRho,
    coverage90: best.coverage,
    chosenMeanRho50: fifty['gaussian-process, chosen'].meanRho,
    chosenWorstDeviceRho50: fifty['gaussian-process, chosen'].worstDeviceRho,
    helpTransferRho10: ten.transfer.meanRho,
    helpTransferChosenRho10: ten['transfer, chosen'].meanRho,
    helpTransferCoverage90: ten.transfer.coverage,
    fifty,
    ten,
    ofa: onceForAll(),
  };
}
