import { NotFoundError, rng } from '@sextant/common';
import type { CostKey, SortKey } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bruteForceBest,
  freshDatabase,
  randomResult,
  rankedOf,
  runningSearch,
  sampleCandidate,
  type FreshDatabase,
  type RandomResult,
} from '../../testing';
import { CandidateRepository } from '../repositories/candidate.repository';
import { SearchRepository } from '../repositories/search.repository';
import { bestOfIndex, type Ranked } from '../memory/best-of-index';
import { readResults } from '../memory/read-results';
import { idOf } from '../memory/results-index';
import type { BestRequest } from './best-query';
import type { Place } from './page-query';

const count = 2000;
const costs: readonly CostKey[] = [
  'latencyMs@pixel3',
  'energyMj@pixel3',
  'latencyMs',
  'macs',
  'paramCount',
];

let database: FreshDatabase;
let candidates: CandidateRepository;
let search: string;
const results: RandomResult[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  candidates = new CandidateRepository(database.dataSource);
  const { id, epoch } = await runningSearch(new SearchRepository(database.dataSource));
  search = id;
  const draw = rng(11, 'results');
  for (let from = 0; from < count; from += 500) {
    const batch = Array.from({ length: 500 }, (_, at) => randomResult(draw, from + at));
    await candidates.record(
      id,
      epoch,
      batch.map(({ candidate }) => candidate),
    );
    await candidates.recordCosts(
      id,
      epoch,
      batch.flatMap((it) => it.costs),
    );
    results.push(...batch);
  }
});
afterAll(() => database.drop());

const asked = (fields: Partial<BestRequest>): BestRequest => ({
  limits: [],
  minAccuracy: null,
  ranking: 'accuracy',
  evidence: 'measured',
  latency: 'latencyMs@pixel3',
  smallestOf: costs,
  ...fields,
});

async function answerTo(request: BestRequest) {
  const answer = await candidates.best(search, request);
  const { evaluatedCount } = answer;
  const nothing = { id: null, rank: null, feasibleCount: 0, slower: null, faster: null };
  if (!answer.feasible)
    return { ...nothing, evaluatedCount, smallest: answer.smallest, isExact: true };
  const { candidate, feasibleCount, isExact, slower, faster } = answer;
  return {
    id: candidate.id,
    rank: candidate.rank,
    feasibleCount,
    evaluatedCount,
    slower: slower?.id ?? null,
    faster: faster?.id ?? null,
    smallest: null,
    isExact,
  };
}

/** A random mix of limits, some of them out of reach. */
function randomRequest(seed: number): BestRequest {
  const draw = rng(3, seed);
  const chosen = costs.filter(() => draw.uniform() < 0.35);
  const scale = { macs: 1000, paramCount: 130 } as Readonly<Record<string, number>>;
  const span = draw.uniform() < 0.5 ? 0.6 : 2;
  return asked({
    limits: chosen.map((cost) => ({ cost, max: span * draw.uniform() * (scale[cost] ?? 1) })),
    minAccuracy: draw.uniform() < 0.2 ? 0.3 + draw.uniform() / 2 : null,
    ranking: draw.uniform() < 0.3 ? 'predictedAccuracy' : 'accuracy',
    evidence: draw.uniform() < 0.4 ? 'any' : 'measured',
    latency: draw.uniform() < 0.5 ? 'latencyMs' : 'latencyMs@pixel3',
  });
}

describe('the mission query', () => {
  it(
    'answers any mix of limits as looking at every candidate does',
    { timeout: 120_000 },
    async () => {
      for (let seed = 0; seed < 60; seed++) {
        const request = randomRequest(seed);
        const { isExact, feasibleCount, slower, ...answer } = await answerTo(request);
        const truth = bruteForceBest(results, request);
        expect({ seed, ...answer }).toEqual({
          seed,
          id: truth.id,
          rank: truth.rank,
          evaluatedCount: truth.evaluatedCount,
          faster: truth.faster,
          smallest: truth.smallest,
        });
        expect(feasibleCount).toBeGreaterThanOrEqual(truth.feasibleCount);
        if (isExact) expect(feasibleCount).toBe(truth.feasibleCount);
        const isBesideOthers = request.limits.length > 1;
        if (slower !== null || !isBesideOthers) expect(slower).toBe(truth.slower);
      }
    },
  );

  it('counts exactly for one limit, and for several where one of them leaves few', async () => {
    const one = asked({ limits: [{ cost: 'macs', max: 700 }] });
    const several = asked({
      limits: [
        { cost: 'macs', max: 900 },
        { cost: 'latencyMs@pixel3', max: 0.5 },
      ],
    });
    for (const request of [one, several]) {
      const { feasibleCount, isExact } = await answerTo(request);
      expect(isExact).toBe(true);
      expect(feasibleCount).toBe(bruteForceBest(results, request).feasibleCount);
    }
  });
});

describe('the mission query in memory', () => {
  it('answers any mix of limits as looking at every candidate does', async () => {
    const index = await readResults(database.dataSource, search, Infinity);
    if (index === null) return expect.unreachable();
    expect(index.version).toBe(await candidates.resultsVersion(search));
    for (let seed = 0; seed < 400; seed++) {
      const request = randomRequest(seed);
      const truth = bruteForceBest(results, request);
      const { evaluatedCount, ...answer } = bestOfIndex(index, request);
      const of = (it: Ranked | null) => it && idOf(index, it.row);
      expect({ seed, evaluatedCount, feasible: answer.feasible }).toEqual({
        ...{ seed, evaluatedCount: truth.evaluatedCount, feasible: truth.id !== null },
      });
      if (!answer.feasible) {
        expect(answer.smallest).toEqual(truth.smallest);
        continue;
      }
      expect({
        ...{ seed, id: of(answer.answer), rank: answer.answer.rank },
        ...{ slower: of(answer.slower), faster: of(answer.faster) },
      }).toEqual({
        ...{ seed, id: truth.id, rank: truth.rank, slower: truth.slower, faster: truth.faster },
      });
      expect(answer.feasibleCount).toBeGreaterThanOrEqual(truth.feasibleCount);
      if (answer.isExact) expect(answer.feasibleCount).toBe(truth.feasibleCount);
    }
  });

  it('counts as the database does', async () => {
    const index = await readResults(database.dataSource, search, Infinity);
    for (let seed = 0; seed < 60; seed++) {
      const [stored, held] = [
        await candidates.best(search, randomRequest(seed)),
        bestOfIndex(index!, randomRequest(seed)),
      ];
      if (stored.feasible && held.feasible)
        expect([seed, held.feasibleCount, held.isExact]).toEqual([
          ...[seed, stored.feasibleCount, stored.isExact],
        ]);
      else expect([seed, held.feasible]).toEqual([seed, stored.feasible]);
    }
  });

  it('is not held where it takes more memory than is allowed', async () => {
    expect(await readResults(database.dataSource, search, 100_000)).toBeNull();
  });

  it('is of a search that there is', async () => {
    const nowhere = '0198c0de-0000-7000-8000-000000000000';
    await expect(readResults(database.dataSource, nowhere, Infinity)).rejects.toThrow(
      NotFoundError,
    );
  });
});

describe('a list', () => {
  const everything = async (sort: SortKey) => {
    const rows = [];
    let after: Place | null = null;
    for (;;) {
      const page = await candidates.list(search, { sort, limit: 170, after });
      if (page.length === 0) return rows;
      rows.push(...page.map(({ candidate }) => candidate));
      const { k1, k2, candidate } = page.at(-1)!;
      after = { k1, k2, id: candidate.id };
    }
  };

  it.each(['accuracy', 'predictedAccuracy'] as const)('by %s is the ranking', async (ranking) => {
    const listed = await everything(ranking);
    const truth = rankedOf(results, asked({ ranking }));
    expect(listed.map(({ id, rank }) => [id, rank])).toEqual(
      truth.map(({ id }, at) => [id, at + 1]),
    );
  });

  it.each(costs)('by %s has each that has it, the smallest first, with its rank', async (cost) => {
    const listed = await everything(cost);
    const ranks = new Map(rankedOf(results, asked({})).map(({ id }, at) => [id, at + 1]));
    const values = new Map(
      results.map(({ candidate, costs: known }) => [
        candidate.id,
        (
          {
            macs: candidate.macs,
            paramCount: candidate.paramCount,
            latencyMs: candidate.measurements.find(({ metric }) => metric === 'latencyMs')?.value,
            ...Object.fromEntries(known.map((it) => [it.cost, it.value])),
          } as Readonly<Record<string, number | undefined>>
        )[cost],
      ]),
    );
    const truth = [...values]
      .filter(([, value]) => value !== undefined)
      .sort(([a, x], [b, y]) => x! - y! || (a < b ? -1 : 1));
    expect(listed.map(({ id, rank }) => [id, rank])).toEqual(
      truth.map(([id]) => [id, ranks.get(id) ?? null]),
    );
  });

  it('has the candidate as it was stored', async () => {
    const { candidate } = results.find((it) => it.candidate.id === sampleCandidate(7).id)!;
    const stored = await candidates.get(search, candidate.id);
    const { encoding, architecture, macs, paramCount, measurements } = candidate;
    expect(stored).toMatchObject({ encoding, architecture, macs, paramCount });
    expect(stored.measurements).toEqual(expect.arrayContaining(measurements));
  });
});
