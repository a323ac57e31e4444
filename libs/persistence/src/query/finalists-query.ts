/** @file The first few within every limit, and the first few of which only a measurement can tell. */
import { isOwnCost, ownColumn, type BestRequest, type Limit } from './best-query';
import { candidateJson } from './candidate-json';
import { lossOf, type Ranking } from './orderings';
import { rankOf } from './rank';
import { Statement } from './statement';

export interface Unmeasured {
  readonly profile: string;
  /** On the latency of the profile; the one cost that is measured on demand. */
  readonly maxLatencyMs: number;
  /** Kept by what is measured or counted. */
  readonly others: readonly Limit[];
  readonly minAccuracy: number | null;
  readonly ranking: Ranking;
  /** Only what is before this candidate in the ranking. */
  readonly before: string | null;
  /** Measurements given up from then on are not tried again. */
  readonly since: Date | null;
  readonly count: number;
}

/** May fit, or does by a prediction. */
export interface OpenCandidate {
  readonly id: string;
  /** The measurement request under which it waits; null where it does not. */
  readonly requestId: string | null;
}

interface Prepared {
  readonly text: string;
  readonly values: readonly unknown[];
}

function withinLimits(
  statement: Statement,
  search: string,
  { limits, evidence }: Pick<BestRequest, 'limits' | 'evidence'>,
): string {
  const conditions = limits.map(({ cost, max }) => {
    const bound = statement.parameter(`max ${cost}`, max, 'float8');
    if (isOwnCost(cost)) return `and c.${ownColumn[cost]} <= ${bound}`;
    const name = statement.parameter(`cost ${cost}`, cost, 'text');
    const measured = evidence === 'measured' ? `and p.evidence <> 'predicted'` : '';
    return `and exists (select from candidate_cost p where p.search_id = ${search} and p.cost = ${name}
      and p.candidate_id = c.id and p.value <= ${bound} ${measured})`;
  });
  return conditions.join(' ');
}

function leastScore(statement: Statement, loss: string, minAccuracy: number | null): string {
  if (minAccuracy === null) return '';
  return `and c.${loss} <= ${statement.parameter('loss', -minAccuracy, 'float8')}`;
}

export function fittingStatement(searchId: string, request: BestRequest, count: number): Prepared {
  const statement = new Statement();
  const { ranking, minAccuracy } = request;
  const loss = lossOf[ranking];
  const search = statement.parameter('search', searchId, 'uuid');
  const text = `
    with it as materialized (
      select c.id, c.${loss} as k1, c.macs as k2 from candidate c
      where c.search_id = ${search} and c.${loss} is not null ${leastScore(statement, loss, minAccuracy)}
        ${withinLimits(statement, search, request)}
      order by c.${loss}, c.macs, c.id limit ${statement.parameter('count', count, 'integer')})
    select coalesce(json_agg(${candidateJson('c', rankOf(ranking, search, 'it'))}
      order by it.k1, it.k2, it.id), '[]') as items
    from it join candidate c on c.search_id = ${search} and c.id = it.id`;
  return { text, values: statement.parameters };
}

export function unmeasuredStatement(searchId: string, request: Unmeasured): Prepared {
  const statement = new Statement();
  const { profile, maxLatencyMs, others, minAccuracy, ranking, before, since, count } = request;
  const loss = lossOf[ranking];
  const search = statement.parameter('search', searchId, 'uuid');
  const device = statement.parameter('profile', profile, 'text');
  const cost = statement.parameter('latency', `latencyMs@${profile}`, 'text');
  const max = statement.parameter('max latency', maxLatencyMs, 'float8');
  const text = `
    select c.id, w.request_id as "requestId" from candidate c
    left join candidate_cost l on l.search_id = ${search} and l.cost = ${cost} and l.candidate_id = c.id
    left join measurement_task w on w.profile_id = ${device} and w.search_id = ${search} and w.candidate_id = c.id
      and w.state in ('waiting','leased')
    where c.search_id = ${search} and c.${loss} is not null and c.model_sha256 is not null
      and (l.candidate_id is null or (l.evidence = 'predicted' and l.value <= ${max}))
      ${leastScore(statement, loss, minAccuracy)}
      ${withinLimits(statement, search, { limits: others, evidence: 'measured' })}
      ${
        before === null
          ? ''
          : `and (c.${loss}, c.macs, c.id) < (select b.${loss}, b.macs, b.id from candidate b
               where b.search_id = ${search} and b.id = ${statement.parameter('before', before, 'text')})`
      }
      ${
        since === null
          ? ''
          : `and not exists (select from measurement_task g where g.profile_id = ${device} and g.search_id = ${search}
               and g.candidate_id = c.id and g.state = 'given-up'
               and g.finished_at >= ${statement.parameter('since', since.toISOString(), 'text')}::timestamptz)`
      }
    order by c.${loss}, c.macs, c.id limit ${statement.parameter('count', count, 'integer')}`;
  return { text, values: statement.parameters };
}
