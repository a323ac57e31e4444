import { rng } from '@sextant/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshDatabase, randomResult, runningSearch, type FreshDatabase } from '../../testing';
import { CandidateRepository } from '../repositories/candidate.repository';
import { SearchRepository } from '../repositories/search.repository';
import { hotPlans } from './plans';

let database: FreshDatabase;
let plans: Awaited<ReturnType<typeof hotPlans>>;
beforeAll(async () => {
  database = await freshDatabase();
  const candidates = new CandidateRepository(database.dataSource);
  const { id, epoch } = await runningSearch(new SearchRepository(database.dataSource));
  const draw = rng(23, 'plans');
  const results = Array.from({ length: 3000 }, (_, n) => randomResult(draw, n));
  const rows = results.map(({ candidate }) => candidate);
  const costs = results.flatMap((it) => it.costs);
  await candidates.record(id, epoch, rows);
  await candidates.recordCosts(id, epoch, costs);
  await database.dataSource.query('analyze');
  plans = await hotPlans(database.dataSource, id);
});
afterAll(() => database.drop());

it.each([
  ['best-within-latency', ['ordering_floor_pkey', 'candidate_rank', 'candidate_latency']],
  ['best-on-profile', ['ordering_floor_pkey', 'candidate_rank', 'candidate_cost_pkey']],
  ['best-within-several', ['ordering_floor_pkey', 'candidate_rank', 'candidate_cost_value']],
  ['page-by-accuracy', ['candidate_rank', 'ordering_block_pkey']],
  ['page-by-cost', ['candidate_cost_value', 'ordering_block_pkey']],
])('%s reads indexes and no whole table', (name, indexes) => {
  const plan = plans[name]?.join('\n') ?? '';
  expect(plan).not.toMatch(/Seq Scan|Bitmap|Hash Join|Merge Join|Parallel/);
  for (const index of indexes) expect(plan).toContain(index);
});
