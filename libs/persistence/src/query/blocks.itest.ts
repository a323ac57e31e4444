import type { CandidateCost } from '@sextant/contracts';
import { rng } from '@sextant/common';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, runningSearch, sampleCandidate, type FreshDatabase } from '../../testing';
import { CandidateRepository } from '../repositories/candidate.repository';
import { SearchRepository } from '../repositories/search.repository';

let database: FreshDatabase;
/** Without the settings of our sessions: a check reads whole tables. */
let checks: pg.Client;
let candidates: CandidateRepository;
let searches: SearchRepository;
beforeAll(async () => {
  database = await freshDatabase();
  checks = new pg.Client(database.url);
  await checks.connect();
  candidates = new CandidateRepository(database.dataSource);
  searches = new SearchRepository(database.dataSource);
});
afterAll(async () => {
  await checks.end();
  await database.drop();
});

const draw = rng(5, 1);
const quantized = (levels: number) => Math.floor(draw.uniform() * levels) / levels;

const batch = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => {
    const row = sampleCandidate(from + at, {
      accuracy: quantized(50),
      macs: 1000 + Math.floor(draw.uniform() * 900),
      latencyMs: draw.uniform() < 0.3 ? null : 1 + quantized(500),
    });
    return draw.uniform() < 0.2 ? { ...row, measurements: [] } : row;
  });

const costs = (from: number, to: number, evidence: CandidateCost['evidence']): CandidateCost[] =>
  Array.from({ length: to - from }, (_, at) => at + from)
    .filter(() => draw.uniform() < 0.7)
    .flatMap((n) =>
      ['latencyMs@pixel3', 'predictedAccuracy'].map((cost) => ({
        candidateId: sampleCandidate(n).id,
        cost,
        value: 0.1 + draw.uniform(),
        lower: 0,
        upper: 2,
        evidence: cost === 'predictedAccuracy' ? 'predicted' : evidence,
        n: 1,
        conditions: {},
      })),
    );

/** What each ordering has, counted from the tables. */
const truth = `
  select 'accuracy' as ordering, loss as k1, macs as k2, id, true as m, loss is not null as e,
    predicted_loss is not null as p from candidate where search_id = $1 and loss is not null
  union all select 'predictedAccuracy', predicted_loss, macs, id, true, loss is not null, true from candidate
    where search_id = $1 and predicted_loss is not null
  union all select 'macs', macs, 0, id, true, loss is not null, predicted_loss is not null from candidate
    where search_id = $1
  union all select 'paramCount', param_count, 0, id, true, loss is not null, predicted_loss is not null from candidate
    where search_id = $1
  union all select 'latencyMs', latency_ms, 0, id, true, loss is not null, predicted_loss is not null from candidate
    where search_id = $1 and latency_ms is not null
  union all select cost, value, 0, candidate_id, evidence <> 'predicted', c.loss is not null, c.predicted_loss is not null
    from candidate_cost join candidate c on c.search_id = candidate_cost.search_id and c.id = candidate_id
    where candidate_cost.search_id = $1 and cost <> 'predictedAccuracy'`;

/** Blocks whose counts are not those of their members; floors that are above a member. */
async function faults(id: string) {
  const { rows: wrongCounts } = await checks.query(
    `with truth as (${truth}), block as (
       select b.*, lead(k1) over w as n1, lead(k2) over w as n2, lead(id) over w as nid from ordering_block b
       where search_id = $1 window w as (partition by ordering order by k1, k2, id))
     select b.ordering, b.k1, b.n, t.* from block b cross join lateral (
       select count(*) as tn, count(*) filter (where e) as te, count(*) filter (where e and m) as tem,
         count(*) filter (where p) as tp, count(*) filter (where p and m) as tpm from truth t
       where t.ordering = b.ordering and (t.k1, t.k2, t.id) >= (b.k1, b.k2, b.id)
         and (b.n1 is null or (t.k1, t.k2, t.id) < (b.n1, b.n2, b.nid))) t
     where (b.n, b.evaluated, b.evaluated_measured, b.predicted, b.predicted_measured)
       is distinct from (t.tn::int, t.te::int, t.tem::int, t.tp::int, t.tpm::int)`,
    [id],
  );
  const { rows: wrongFloors } = await checks.query(
    `with truth as (${truth}), block as (
       select b.*, lead(k1) over w as n1, lead(k2) over w as n2, lead(id) over w as nid from ordering_block b
       where search_id = $1 window w as (partition by ordering order by k1, k2, id)),
       pair as (
         select b.ordering, b.k1, b.k2, b.id, v.ordering as cost, min(v.k1) as value,
           min(v.k1) filter (where v.m and r.m) as measured
         from block b join truth r on r.ordering = b.ordering and (r.k1, r.k2, r.id) >= (b.k1, b.k2, b.id)
           and (b.n1 is null or (r.k1, r.k2, r.id) < (b.n1, b.n2, b.nid))
         join truth v on v.id = r.id
         where (b.ordering in ('accuracy', 'predictedAccuracy') and v.ordering not in ('accuracy', 'predictedAccuracy'))
           or (b.ordering like 'latencyMs%' and v.ordering in ('accuracy', 'predictedAccuracy'))
         group by b.ordering, b.k1, b.k2, b.id, v.ordering)
     select pair.* from pair left join ordering_floor f on f.search_id = $1 and f.ordering = pair.ordering
       and f.cost = pair.cost and f.k1 = pair.k1 and f.k2 = pair.k2 and f.id = pair.id
     where f.lowest is null or f.lowest > pair.value
       or (pair.measured is not null and (f.lowest_measured is null or f.lowest_measured > pair.measured))`,
    [id],
  );
  return { wrongCounts, wrongFloors };
}

describe('blocks', () => {
  it(
    'count exactly what they hold, and bound every cost in it, whatever is written in whatever order',
    { timeout: 120_000 },
    async () => {
      const { id, epoch } = await runningSearch(searches);
      const first = batch(0, 900);
      await candidates.record(id, epoch, first);
      expect(await faults(id)).toEqual({ wrongCounts: [], wrongFloors: [] });
      await candidates.recordCosts(id, epoch, costs(0, 900, 'predicted'));
      await candidates.record(id, epoch, batch(800, 1400));
      await candidates.recordCosts(id, null, costs(600, 1400, 'measured'));
      await candidates.recordCosts(id, epoch, costs(0, 1200, 'predicted'));
      await candidates.record(id, epoch, first);
      for (let n = 1400; n < 1420; n++) await candidates.record(id, epoch, batch(n, n + 1));
      expect(await faults(id)).toEqual({ wrongCounts: [], wrongFloors: [] });
      const [{ blocks }] = await database.dataSource.query(
        `select count(*)::integer as blocks from ordering_block where search_id = $1 and ordering = 'accuracy'`,
        [id],
      );
      expect(blocks).toBeGreaterThan(1);
      await candidates.recount(id);
      expect(await faults(id)).toEqual({ wrongCounts: [], wrongFloors: [] });
    },
  );
});
