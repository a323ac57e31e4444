/** @file Places and counts from blocks: a sum over whole blocks, and a look into the one that the border is in. */
import { keyOf, lossOf, orderingOf, startOf, type OrderingKey, type Ranking } from './orderings';

/** The block of the ordering that holds the key `at`, or would. */
const blockAt = (search: string, ordering: string, at: string, start: string): string => `
  select b.k1, b.k2, b.id from ordering_block b
  where b.search_id = ${search} and b.ordering = ${ordering} and ${start} <= ${at}
  order by b.k1 desc, b.k2 desc, b.id desc limit 1`;

/** 1 + how many are better than `c`, a row with the ranking's key as `k1`, `k2`, `id`. */
export function rankOf(ranking: Ranking, search: string, c: string): string {
  const ordering = orderingOf(ranking);
  const at = `(${c}.k1, ${c}.k2, ${c}.id)`;
  return `(select 1 + coalesce((select sum(w.n)::integer from ordering_block w
      where w.search_id = ${search} and w.ordering = '${ranking}' and (w.k1, w.k2, w.id) < (b.k1, b.k2, b.id)), 0)
    + (select count(*)::integer from candidate e where e.search_id = ${search} and ${ordering.members}
       and ${keyOf(ordering)} >= ${startOf(ordering, 'b')} and ${keyOf(ordering)} < ${at})
    from (${blockAt(search, `'${ranking}'`, at, '(b.k1, b.k2, b.id)')}) b)`;
}

/** Who counts: candidates with the score of the ranking, and, as asked, of predicted costs too. */
export interface Population {
  readonly ranking: Ranking;
  readonly evidence: 'measured' | 'any';
}

/** How many of the population have at most `max` of the cost. Exact. */
export function countBelow(
  key: OrderingKey,
  ordering: string,
  search: string,
  max: string,
  { ranking, evidence }: Population,
): string {
  const { table, members, k1, isMeasured } = orderingOf(key);
  const column = ranking === 'accuracy' ? 'evaluated' : 'predicted';
  const counted = evidence === 'any' ? column : `${column}_measured`;
  const isCounted = [
    `e.${lossOf[ranking]} is not null`,
    ...(evidence === 'any' ? [] : [isMeasured]),
  ].join(' and ');
  return `coalesce((select (select coalesce(sum(w.${counted}), 0)::integer from ordering_block w
      where w.search_id = ${search} and w.ordering = ${ordering} and (w.k1, w.k2, w.id) < (b.k1, b.k2, b.id))
    + (select count(*)::integer from ${table} e where e.search_id = ${search}
       and ${members.replace('$ordering', ordering)} and ${k1} >= b.k1 and ${k1} <= ${max}
       and ${keyOf(orderingOf(key))} >= ${startOf(orderingOf(key), 'b')} and ${isCounted})
    from (select b.k1, b.k2, b.id from ordering_block b
          where b.search_id = ${search} and b.ordering = ${ordering} and b.k1 <= ${max}
          order by b.k1 desc, b.k2 desc, b.id desc limit 1) b), 0)`;
}
