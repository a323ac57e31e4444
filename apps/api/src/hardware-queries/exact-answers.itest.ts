/** @file NAS-Bench-201 and HW-NAS-Bench as published, imported and asked over HTTP: exact, and never over a limit. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rng } from '@sextant/common';
import { numbers, readTable, withoutTables } from '@sextant/common/testing';
import {
  BestView,
  HardwareQueryView,
  isSearchBy,
  type CandidateCost,
  type CreateHardwareQuery,
  type EvaluatedCandidate,
  type QueryAnswer,
  type SearchView,
} from '@sextant/contracts';
import { runBenchmark } from '@sextant/evaluation';
import {
  BenchmarkRepository,
  HardwareProfileRepository,
  loadBenchmarkTable,
} from '@sextant/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importAccuracies, importDevice } from '../../testing/benchmark-imports';
import { startTestApi, type TestApi } from '../../testing/test-api';

const accuracyFile = 'nasbench201/nb201.csv.gz';
const hardwareFile = 'hw_nas_bench/nb201_cifar10.csv.gz';
const without = withoutTables(accuracyFile, hardwareFile);
const data = process.env['SEXTANT_DATA'] ?? '../shared/data';

/**
 * At the 10, 25, 50 and 75 % quantiles of each device: the limit in ms, rounded to a thousandth; the best accuracy in %;
 * and its latency where it is listed.
 */
const exact: Readonly<Record<string, readonly (readonly [number, number, number?])[]>> = {
  edgegpu: [
    [3.034, 89.15, 2.852],
    [4.138, 90.98, 3.337],
    [5.312, 91.29, 5.293],
    [6.14, 91.38, 5.35],
  ],
  raspi4: [
    [8.045, 87.83, 8.003],
    [15.723, 88.24, 15.602],
    [25.68, 90.82, 24.372],
    [38.891, 91.13, 36.996],
  ],
  pixel3: [
    [3.274, 87.83, 2.67],
    [6.441, 89.05, 6.362],
    [10.676, 90.82, 10.584],
    [15.587, 91.06, 12.274],
  ],
  eyeriss: [
    [3.4, 90.68],
    [4.629, 90.85],
    [5.12, 91.22],
    [6.595, 91.57],
  ],
  fpga: [
    [2.362, 87.83, 2.163],
    [2.906, 90.68],
    [3.725, 90.85, 3.648],
    [4.573, 91.05],
  ],
};
const quantiles = [0.1, 0.25, 0.5, 0.75];
const devices = [...Object.keys(exact), 'edgetpu'];
const cases = Object.entries(exact).flatMap(([device, rows]) =>
  rows.map(([limit, accuracy, latency], at) => {
    return { device, quantile: quantiles[at]!, limit, accuracy, latency };
  }),
);

/** Interpolated between the two nearest. */
function quantileOf(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (at - Math.floor(at)) * (high - low);
}

/** A search of every cell, computed here as the worker's process would. */
async function enumerate(api: TestApi, devices: readonly string[]): Promise<SearchView> {
  const options = {
    benchmark: 'nb201',
    strategy: 'enumeration',
    trainings: 20_000,
    measurements: 20_000,
    costs: devices.map((device) => `latencyMs@${device}`),
  };
  const payload = {
    dataset: 'cifar10',
    space: 'nas-bench-201',
    method: { name: 'benchmark', options },
  };
  const response = await api.inject({ method: 'POST', url: '/v1/searches', payload });
  const search = response.json<SearchView>();
  const { spec } = search;
  if (!isSearchBy(spec, 'benchmark')) throw new TypeError(response.body);
  const epoch = await api.lease(search.id);
  const sources = {
    benchmarks: new BenchmarkRepository(api.database.dataSource),
    hardwareProfiles: new HardwareProfileRepository(api.database.dataSource),
  };
  const table = await loadBenchmarkTable(sources, spec.method.options);
  const candidates: EvaluatedCandidate[] = [];
  const costs: CandidateCost[] = [];
  await runBenchmark(
    { spec, table, done: [] },
    {
      nowMs: () => 0,
      onProgress: () => undefined,
      onCandidates: (some) => Promise.resolve(void candidates.push(...some)),
      onCosts: (some) => Promise.resolve(void costs.push(...some)),
      stopRequested: () => Promise.resolve(null),
    },
  );
  await api.candidates.record(search.id, epoch, candidates);
  await api.candidates.recordCosts(search.id, epoch, costs);
  return search;
}

describe.skipIf(without)(`the best of NAS-Bench-201 on HW-NAS-Bench devices${without}`, () => {
  const rows = without ? [] : readTable(hardwareFile);
  const latencies = Object.fromEntries(
    devices.map((device) => [device, numbers(rows, `${device}_latency`)]),
  );
  let api: TestApi;

  beforeAll(async () => {
    api = await startTestApi();
    const content = (name: string) => ({ content: readFileSync(path.resolve(data, name)) });
    await importAccuracies(api, 'nb201', content(accuracyFile));
    for (const device of devices) await importDevice(api, device, content(hardwareFile));
  }, 400_000);
  afterAll(() => api.stop());

  async function ask(
    device: string,
    query: Partial<CreateHardwareQuery> & Pick<CreateHardwareQuery, 'limits'>,
  ): Promise<QueryAnswer> {
    const response = await api.inject({
      method: 'POST',
      url: `/v1/hardware-profiles/${device}/queries`,
      payload: { benchmark: 'nb201', finalists: 1, ...query },
    });
    expect(response.statusCode).toBe(201);
    const { answer } = HardwareQueryView.parse(response.json());
    return answer!;
  }

  it.each(cases)(
    '$device within $limit ms: $accuracy %',
    async ({ device, quantile, limit: rounded, accuracy, latency }) => {
      const limit = quantileOf(latencies[device]!, quantile);
      expect(limit).toBeCloseTo(rounded, 3);
      const answer = await ask(device, { limits: { latencyMs: limit } });
      if (!answer.feasible) throw new TypeError('infeasible');
      const { value, evidence } = answer.best.costs['latencyMs']!;
      expect(evidence).toBe('measured');
      expect(value).toBeLessThanOrEqual(limit);
      expect(answer.best.accuracy!.value * 100).toBeCloseTo(accuracy, 8);
      if (latency !== undefined) expect(value).toBeCloseTo(latency, 3);
    },
  );

  it('is what GET …/best of a search that has looked at every cell answers, too', async () => {
    const found = await enumerate(api, Object.keys(exact));
    for (const { device, quantile, accuracy } of cases) {
      const limit = quantileOf(latencies[device]!, quantile);
      const url = `${found.links.best}?hardware=${device}&maxLatencyMs=${limit}`;
      const best = BestView.parse((await api.inject(url)).json());
      if (!best.feasible) throw new TypeError('infeasible');
      expect(best.candidate.accuracy!.value * 100).toBeCloseTo(accuracy, 8);
      expect(best.latency).toMatchObject({ cost: `latencyMs@${device}`, evidence: 'measured' });
      expect(best.latency!.value).toBeLessThanOrEqual(limit);
    }
    const none = await api.inject(`${found.links.best}?hardware=raspi4&maxLatencyMs=0.000001`);
    const smallest = latencies['raspi4']!.reduce((a, b) => Math.min(a, b));
    expect(none.json()).toMatchObject({ feasible: false, smallest: { latencyMs: smallest } });
  }, 400_000);

  it('never answers over a limit, and always with the best: 200 random limits on six devices', async () => {
    const accuracies = numbers(readTable(accuracyFile), 'c10_val_200');
    const draw = rng(20261124, 'random-limits');
    let infeasible = 0;
    for (let query = 0; query < 200; query++) {
      const device = draw.choice(devices);
      const own = latencies[device]!;
      const usable = own.filter((it) => it > 0);
      const limit = draw.choice(usable) * (0.5 + draw.uniform());
      const fitting = accuracies.filter((_, at) => own[at]! > 0 && own[at]! <= limit);
      const answer = await ask(device, { limits: { latencyMs: limit } });
      if (!answer.feasible) {
        infeasible++;
        expect(fitting).toEqual([]);
        expect(answer.smallest['latencyMs']).toBe(usable.reduce((a, b) => Math.min(a, b)));
        continue;
      }
      expect(answer.feasibleCount).toBe(fitting.length);
      expect(answer.best.costs['latencyMs']!.value).toBeLessThanOrEqual(limit);
      expect(answer.best.costs['latencyMs']!.value).toBeGreaterThan(0);
      const best = fitting.reduce((a, b) => Math.max(a, b));
      expect(answer.best.accuracy!.value * 100).toBeCloseTo(best, 8);
    }
    expect(infeasible).toBeLessThan(50);
  }, 120_000);

  it('has no answer from the 4,699 cells that edgetpu does not run', async () => {
    const answer = await ask('edgetpu', { limits: { latencyMs: 1e6 } });
    expect(answer).toMatchObject({ feasible: true, feasibleCount: 15_625 - 4699 });
    const none = await ask('edgetpu', { limits: { latencyMs: 1e-6 } });
    expect(none).toMatchObject({ feasible: false });
    expect(!none.feasible && none.smallest['latencyMs']).toBeGreaterThan(0);
  });
});
