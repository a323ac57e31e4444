import { ValidationError } from '@sextant/common';
import {
  CreateSearch,
  EvaluatedCandidate,
  isSearchBy,
  type BenchmarkSummary,
  type CandidateCost,
  type Progress,
  type SearchBy,
} from '@sextant/contracts';
import { cellKey, formatCell } from '@sextant/search-space';
import { describe, expect, it } from 'vitest';
import { syntheticCells, syntheticTable } from '../../testing';
import { requireTableFeasible, requireTableSearch, tableFeasibility } from './request';
import { runBenchmark, type BenchmarkPorts } from './run-benchmark';

const cells = syntheticCells();
const table = syntheticTable(cells);

function specOf(options: object, rest: object = {}): SearchBy<'benchmark'> {
  const spec = CreateSearch.parse({
    dataset: 'cifar10',
    space: 'nas-bench-201',
    method: { name: 'benchmark', options: { benchmark: 'made-up', ...options } },
    ...rest,
  });
  if (isSearchBy(spec, 'benchmark')) return spec;
  throw new TypeError('another method');
}

interface Ran {
  readonly candidates: EvaluatedCandidate[];
  readonly costs: CandidateCost[];
  readonly progress: Progress[];
  readonly summary: BenchmarkSummary | null;
}

async function run(
  spec: SearchBy<'benchmark'>,
  { done = [], stopAt = Infinity }: { done?: readonly { id: string }[]; stopAt?: number } = {},
): Promise<Ran> {
  const [candidates, costs, progress]: [EvaluatedCandidate[], CandidateCost[], Progress[]] = [
    [],
    [],
    [],
  ];
  let steps = 0;
  let now = 0;
  const ports: BenchmarkPorts = {
    nowMs: () => (now += 10),
    onProgress: (it) => void progress.push(it),
    onCandidates: (some) => Promise.resolve(void candidates.push(...some)),
    onCosts: (some) => Promise.resolve(void costs.push(...some)),
    stopRequested: () => Promise.resolve(++steps > stopAt ? 'pause' : null),
  };
  const outcome = await runBenchmark({ spec, table, done }, ports);
  return {
    candidates,
    costs,
    progress,
    summary: outcome.kind === 'done' ? outcome.summary : null,
  };
}

const limit = 3;
const limits = { 'latencyMs@board': limit };
const latencyOf = new Map(cells.map(({ arch, latencyMs }) => [arch, latencyMs]));
const textOf = ({ encoding }: EvaluatedCandidate) => formatCell(encoding);
const ids = ({ candidates }: Ran) => candidates.map(({ id }) => id);

const strategies = [
  'mission',
  'random-search',
  'regularized-evolution',
  'nsga-2',
  'constrained-evolution',
  'local-search',
  'enumeration',
];

describe('a search of a table', () => {
  it.each(strategies)('by %s trains within its limits and budgets only', async (strategy) => {
    const spec = specOf({ strategy, limits, trainings: 60, measurements: 250 });
    const ran = await run(spec);
    expect(ran.summary).toMatchObject({ method: 'benchmark', candidates: ran.candidates.length });
    expect(ran.candidates.length).toBeGreaterThan(5);
    expect(ran.candidates.length).toBeLessThanOrEqual(60);
    expect(ran.summary?.measurements).toBeLessThanOrEqual(250);
    expect(new Set(ids(ran)).size).toBe(ran.candidates.length);
    for (const candidate of ran.candidates) {
      expect(latencyOf.get(textOf(candidate))).toBeLessThanOrEqual(limit);
    }
    const { candidates, measurements = 0, overLimit } = ran.summary!;
    // a mission measures more that fits than it trains
    if (strategy === 'mission') expect(candidates + overLimit).toBeLessThanOrEqual(measurements);
    else expect(candidates + overLimit).toBe(measurements);
  });

  it.each(strategies)(
    'by %s is the same from the same seed, and goes on after a stop',
    async (strategy) => {
      const spec = specOf({ strategy, limits, trainings: 40, measurements: 400 }, { seed: 5 });
      const whole = await run(spec);
      expect(ids(await run(spec))).toEqual(ids(whole));
      const first = await run(spec, { stopAt: 23 });
      expect(first.summary).toBeNull();
      const second = await run(spec, { done: first.candidates });
      expect([...ids(first), ...ids(second)]).toEqual(ids(whole));
      expect(second.summary).toMatchObject({ ...whole.summary, seconds: expect.anything() });
    },
  );

  it('stores what the table says of the row, under the key of the row', async () => {
    const { candidates, costs } = await run(
      specOf({ strategy: 'enumeration', trainings: 20_000, measurements: 20_000 }),
    );
    expect(candidates).toHaveLength(15_625);
    const row = cells[4321]!;
    const candidate = candidates.find((it) => textOf(it) === row.arch)!;
    expect(EvaluatedCandidate.parse(candidate)).toEqual(candidate);
    expect(candidate).toMatchObject({ id: cellKey(candidate.encoding), model: null });
    const [validation, test] = candidate.measurements;
    expect(validation).toMatchObject({
      value: row.validation / 100,
      split: 'validation',
      fidelity: 'tabulated',
      n: 25_000,
      details: { benchmark: 'made-up', column: 'c10_val_200', epochs: 200 },
    });
    expect(validation!.lower).toBeLessThan(validation!.value);
    expect(test).toMatchObject({ value: row.test / 100, split: 'test', n: 10_000 });
    const own = costs.filter(({ candidateId }) => candidateId === candidate.id);
    expect(own.map(({ cost, value, evidence }) => [cost, value, evidence])).toEqual([
      ...(row.latencyMs === null ? [] : [['latencyMs@board', row.latencyMs, 'measured']]),
      ['energyMj@board', row.energyMj, 'measured'],
    ]);
    const unsupported = cells.filter(({ latencyMs }) => latencyMs === null).length;
    expect(unsupported).toBeGreaterThan(1000);
    expect(costs).toHaveLength(2 * 15_625 - unsupported);
  });

  it('tells how far it is, and ends with the best', async () => {
    const spec = specOf({ strategy: 'random-search', trainings: 200, measurements: 1000 });
    const { progress, candidates } = await run(spec);
    expect(progress.slice(0, -1).map(({ phase, step }) => [phase, step])).toEqual(
      Array.from({ length: 100 }, (_, at) => ['searching', 2 * (at + 1)]),
    );
    const best = Math.max(...candidates.map(({ measurements: [it] }) => it!.value));
    expect(progress.at(-1)).toMatchObject({ phase: 'done', step: 200, etaSeconds: 0 });
    expect(progress.at(-1)?.bestSoFar?.accuracy).toBe(best);
  });

  it('counts limits of MACs and parameters without measuring', async () => {
    const constraints = { maxMacs: 5e7, maxParams: 3e5 };
    const spec = specOf({ strategy: 'random-search', trainings: 50 }, { constraints });
    const { candidates, summary } = await run(spec);
    expect(summary).toMatchObject({ candidates: 50, overLimit: 0, ended: 'trainings' });
    for (const { macs, paramCount } of candidates) {
      expect(macs).toBeLessThanOrEqual(5e7);
      expect(paramCount).toBeLessThanOrEqual(3e5);
    }
  });

  it('ends with what was the smallest where its measurements find nothing that fits', async () => {
    const tight = { 'latencyMs@board': 0.001 };
    const spec = specOf({ strategy: 'random-search', limits: tight, measurements: 30 });
    const { summary, candidates } = await run(spec);
    expect(candidates).toEqual([]);
    expect(summary).toMatchObject({ ended: 'measurements', measurements: 30, overLimit: 30 });
    expect(summary?.smallest['latencyMs@board']).toBeGreaterThan(0.4);
  });
});

describe('before a search is accepted', () => {
  const columns = [table.select, table.report!];
  const refused = (options: object, rest: object = {}) => {
    try {
      requireTableSearch(specOf(options, rest), columns);
    } catch (error) {
      if (error instanceof ValidationError) return error.violations.map(({ pointer }) => pointer);
      throw error;
    }
    return [];
  };

  it.each([
    [{ strategy: 'random-search' }, {}, []],
    [{}, {}, ['/method/options/limits']],
    [{ limits: { 'latencyMs@board': 1 } }, {}, []],
    [
      { strategyOptions: { optimism: -1 }, limits: { 'latencyMs@board': 1 } },
      {},
      ['/method/options/strategyOptions/optimism'],
    ],
    [{}, { space: 'big-nas' }, ['/space']],
    [{}, { dataset: 'cifar100' }, ['/dataset']],
    [{ select: 'c10_val_12' }, {}, ['/method/options/select']],
    [{ select: 'c10_test_200' }, {}, ['/method/options/select']],
    [{ report: 'c10_val_200' }, {}, ['/method/options/report']],
    [{ limits: { latencyMs: 1 } }, {}, ['/method/options/limits']],
    [{ objectives: ['latencyMs'] }, {}, ['/method/options/objectives']],
    [{ strategy: 'luck' }, {}, ['/method/options/strategy']],
    [
      { strategy: 'nsga-2', strategyOptions: { populationSize: 1 } },
      {},
      ['/method/options/strategyOptions/populationSize'],
    ],
  ])('%j %j is refused at %j', (options, rest, pointers) => {
    expect(refused(options, rest)).toEqual(pointers);
  });

  it('says what fits, and refuses what nothing can', () => {
    const feasible = tableFeasibility(table, { ...limits, macs: 1e8 });
    const fitting = cells.filter(
      ({ latencyMs }) => latencyMs !== null && latencyMs <= limit,
    ).length;
    expect(feasible.trainable).toBe(15_625);
    expect(feasible.fitting).toBeGreaterThan(0);
    expect(feasible.fitting).toBeLessThanOrEqual(fitting);
    expect(feasible.smallest['macs']).toBe(7_783_040);
    const least = Math.min(...cells.flatMap(({ latencyMs }) => latencyMs ?? []));
    expect(() =>
      requireTableFeasible(specOf({ limits: { 'latencyMs@board': least } }), table),
    ).not.toThrow();
    expect(() =>
      requireTableFeasible(specOf({ limits: { 'latencyMs@board': least * 0.999 } }), table),
    ).toThrow(String(least));
  });
});
