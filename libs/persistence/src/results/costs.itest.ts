import { LeaseLostError, NotFoundError } from '@sextant/common';
import type { CandidateCost } from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, runningSearch, sampleCandidate, type FreshDatabase } from '../../testing';
import { CandidateRepository } from '../repositories/candidate.repository';
import { SearchRepository } from '../repositories/search.repository';

let database: FreshDatabase;
let candidates: CandidateRepository;
let searches: SearchRepository;
beforeAll(async () => {
  database = await freshDatabase();
  candidates = new CandidateRepository(database.dataSource);
  searches = new SearchRepository(database.dataSource);
});
afterAll(() => database.drop());

const cost = (n: number, fields: Partial<CandidateCost> = {}): CandidateCost => ({
  candidateId: sampleCandidate(n).id,
  cost: 'latencyMs@pixel3',
  value: n,
  lower: n,
  upper: n,
  evidence: 'predicted',
  n: 0,
  conditions: {},
  ...fields,
});

async function withCandidates(count: number) {
  const { id, epoch } = await runningSearch(searches);
  const rows = Array.from({ length: count }, (_, n) => sampleCandidate(n + 1));
  await candidates.record(id, epoch, rows);
  return { id, epoch };
}

const stored = (id: string) =>
  database.dataSource.query<{ value: number; evidence: string }[]>(
    `select value, evidence from candidate_cost where search_id = $1 order by cost, candidate_id`,
    [id],
  );

describe('costs', () => {
  it('are stored once however often they are delivered', async () => {
    const { id, epoch } = await withCandidates(2);
    expect(await candidates.recordCosts(id, epoch, [cost(1), cost(2)])).toBe(2);
    expect(await candidates.recordCosts(id, epoch, [cost(1), cost(2)])).toBe(0);
    expect(await stored(id)).toHaveLength(2);
  });

  it('are replaced from predicted to predicted to measured, and no further', async () => {
    const { id, epoch } = await withCandidates(1);
    const now = async (fields: Partial<CandidateCost>) => {
      await candidates.recordCosts(id, epoch, [cost(1, fields)]);
      return stored(id);
    };
    const measured = 'measured' as const;
    expect(await now({ value: 5 })).toEqual([{ value: 5, evidence: 'predicted' }]);
    expect(await now({ value: 6 })).toEqual([{ value: 6, evidence: 'predicted' }]);
    expect(await now({ value: 7, evidence: measured })).toEqual([{ value: 7, evidence: measured }]);
    expect(await now({ value: 8 })).toEqual([{ value: 7, evidence: measured }]);
    expect(await now({ value: 9, evidence: measured })).toEqual([{ value: 7, evidence: measured }]);
  });

  it('may come together: the first measured one counts', async () => {
    const { id, epoch } = await withCandidates(1);
    const together = [
      cost(1, { value: 1 }),
      cost(1, { value: 2, evidence: 'measured' }),
      cost(1, { value: 3 }),
    ];
    await candidates.recordCosts(id, epoch, together);
    expect(await stored(id)).toEqual([{ value: 2, evidence: 'measured' }]);
  });

  it('need no lease where none is claimed, and a valid one where it is', async () => {
    const { id, epoch } = await withCandidates(1);
    expect(await candidates.recordCosts(id, null, [cost(1)])).toBe(1);
    await expect(candidates.recordCosts(id, epoch + 1, [cost(1)])).rejects.toThrow(LeaseLostError);
  });

  it('of unknown candidates or searches are refused whole', async () => {
    const { id } = await withCandidates(1);
    await expect(candidates.recordCosts(id, null, [cost(1), cost(9)])).rejects.toThrow(
      NotFoundError,
    );
    expect(await stored(id)).toEqual([]);
    const nowhere = '0198c0de-0000-7000-8000-000000000000';
    await expect(candidates.recordCosts(nowhere, null, [cost(1)])).rejects.toThrow(NotFoundError);
  });

  it('count as costs of evaluated candidates from the first accuracy on', async () => {
    const { id, epoch } = await withCandidates(0);
    const { measurements } = sampleCandidate(1);
    await candidates.record(id, epoch, [{ ...sampleCandidate(1), measurements: [] }]);
    await candidates.recordCosts(id, epoch, [cost(1)]);
    const evaluated = () =>
      database.dataSource.query(`select loss from candidate_cost where search_id = $1`, [id]);
    expect(await evaluated()).toEqual([{ loss: null }]);
    await candidates.record(id, epoch, [{ ...sampleCandidate(1), measurements }]);
    expect(await evaluated()).toEqual([{ loss: -0.8 }]);
  });
});
