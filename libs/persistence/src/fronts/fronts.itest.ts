import { NotFoundError, rng } from '@sextant/common';
import type { SortKey } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  freshDatabase,
  randomResult,
  runningSearch,
  type FreshDatabase,
  type RandomResult,
} from '../../testing';
import { CandidateRepository } from '../repositories/candidate.repository';
import { SearchRepository } from '../repositories/search.repository';
import { FrontRepository } from './front.repository';
import { canonical, type FrontKey } from './points-query';

let database: FreshDatabase;
let candidates: CandidateRepository;
let searches: SearchRepository;
let fronts: FrontRepository;
beforeAll(async () => {
  database = await freshDatabase();
  candidates = new CandidateRepository(database.dataSource);
  searches = new SearchRepository(database.dataSource);
  fronts = new FrontRepository(database.dataSource);
});
afterAll(() => database.drop());

const keys: readonly FrontKey[] = [
  { objectives: ['accuracy', 'latencyMs'], evidence: 'measured' },
  { objectives: ['accuracy', 'latencyMs@pixel3', 'paramCount'], evidence: 'measured' },
  { objectives: ['accuracy', 'energyMj@pixel3', 'latencyMs@pixel3', 'macs'], evidence: 'any' },
];

const measured = ({ candidate }: RandomResult, metric: string): number | undefined =>
  candidate.measurements.find((it) => it.metric === metric)?.value;

/** In the order of the objectives, minimised; null where one is missing. */
function pointOf(result: RandomResult, { objectives, evidence }: FrontKey): number[] | null {
  const { candidate, costs } = result;
  const usable = costs.filter((it) => evidence === 'any' || it.evidence === 'measured');
  const accuracy = measured(result, 'accuracy');
  const values: Partial<Record<SortKey, number | undefined>> = {
    ...Object.fromEntries(usable.map(({ cost, value }) => [cost, value])),
    accuracy: accuracy === undefined ? undefined : -accuracy,
    latencyMs: measured(result, 'latencyMs'),
    macs: candidate.macs,
    paramCount: candidate.paramCount,
  };
  const point = objectives.map((key) => values[key]);
  return point.includes(undefined) ? null : (point as number[]);
}

function bruteForce(results: readonly RandomResult[], key: FrontKey): string[] {
  const all = results.flatMap((result) => {
    const point = pointOf(result, key);
    return point ? [{ id: result.candidate.id, point }] : [];
  });
  const dominates = (a: (typeof all)[number], b: (typeof all)[number]) =>
    a.point.every((value, at) => value <= b.point[at]!) &&
    (a.point.some((value, at) => value < b.point[at]!) || a.id < b.id);
  return all
    .filter((b) => !all.some((a) => a !== b && dominates(a, b)))
    .map(({ id }) => id)
    .sort();
}

async function front(id: string, key: FrontKey) {
  await fronts.version(id, key);
  return fronts.get(id, key);
}

const idsOf = async (id: string, key: FrontKey) =>
  (await front(id, key)).points.map((point) => point.id).sort();

describe('fronts', () => {
  it(
    'are what comparing all with all finds, however the results came',
    { timeout: 120_000 },
    async () => {
      const { id, epoch } = await runningSearch(searches);
      const draw = rng(17, 'fronts');
      let results: RandomResult[] = [];
      let n = 0;
      for (const size of [1, 3, 120, 1, 40, 200, 2]) {
        const batch = Array.from({ length: size }, () => randomResult(draw, n++));
        const rows = batch.map(({ candidate }) => candidate);
        const costs = batch.flatMap((it) => it.costs);
        await candidates.record(id, epoch, rows);
        await candidates.recordCosts(id, epoch, costs);
        results.push(...batch);
        for (const key of keys) expect(await idsOf(id, key)).toEqual(bruteForce(results, key));
      }
      // measurements take the place of predictions: members of the front by any evidence move
      results = results.map(({ candidate, costs }) => ({
        candidate,
        costs: costs.map((cost) =>
          cost.evidence === 'measured' || cost.cost === 'predictedAccuracy'
            ? cost
            : { ...cost, evidence: 'measured' as const, value: cost.value + draw.uniform() },
        ),
      }));
      const later = results.flatMap(({ costs }) => costs);
      await candidates.recordCosts(id, null, later);
      for (const key of keys) expect(await idsOf(id, key)).toEqual(bruteForce(results, key));
    },
  );

  it('have a volume that grows from the first candidate on', { timeout: 60_000 }, async () => {
    const { id, epoch } = await runningSearch(searches);
    const draw = rng(18, 'volume');
    for (let n = 0; n < 30; n++) {
      await candidates.record(id, epoch, [randomResult(draw, n).candidate]);
    }
    const { history, reference, points } = await front(id, keys[0]!);
    expect(reference?.[0]).toBe(0);
    expect(history.length).toBeGreaterThan(1);
    const volumes = history.map(({ hypervolume }) => hypervolume);
    expect([...volumes].sort((a, b) => a - b)).toEqual(volumes);
    expect(volumes.at(-1)).toBeLessThan(1);
    expect(volumes.at(-1)).toBeGreaterThan(0);
    expect(history.at(-1)?.size).toBe(points.length);
  });

  it('asked for by many at once while results come in miss none', { timeout: 60_000 }, async () => {
    const { id, epoch } = await runningSearch(searches);
    const draw = rng(19, 'at once');
    const results = Array.from({ length: 200 }, (_, n) => randomResult(draw, n));
    const key: FrontKey = { objectives: ['accuracy', 'macs', 'paramCount'], evidence: 'measured' };
    const writes = async () => {
      for (let at = 0; at < results.length; at += 20) {
        const batch = results.slice(at, at + 20).map(({ candidate }) => candidate);
        await candidates.record(id, epoch, batch);
      }
    };
    const reads = Array.from({ length: 6 }, () =>
      new FrontRepository(database.dataSource).version(id, key),
    );
    await Promise.all([writes(), ...reads]);
    expect(await idsOf(id, key)).toEqual(bruteForce(results, key));
  });

  it('have a version that changes exactly when they do', async () => {
    const { id, epoch } = await runningSearch(searches);
    const key: FrontKey = { objectives: ['accuracy', 'macs'], evidence: 'measured' };
    const result = randomResult(rng(20, 'version'), 1).candidate;
    await candidates.record(id, epoch, [result]);
    const version = await fronts.version(id, key);
    await candidates.record(id, epoch, [result]);
    expect(await fronts.version(id, key)).toBe(version);
  });

  it('of no search are not found', async () => {
    const nowhere = '0198c0de-0000-7000-8000-000000000000';
    await expect(fronts.version(nowhere, keys[0]!)).rejects.toThrow(NotFoundError);
  });
});

describe('objectives', () => {
  it('are the same front in whatever order they are named', () => {
    expect(canonical(['paramCount', 'latencyMs@pixel3', 'accuracy'])).toEqual([
      'accuracy',
      'latencyMs@pixel3',
      'paramCount',
    ]);
  });
});
