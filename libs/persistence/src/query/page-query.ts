/** @file One page of an ordering as one statement: a seek in its index, whatever page it is. */
import { candidateJson } from './candidate-json';
import { isRanking, keyOf, orderingOf, type OrderingKey } from './orderings';
import { rankOf } from './rank';
import { Statement } from './statement';

/** A place in an ordering: behind the candidate with this key. */
export interface Place {
  readonly k1: number;
  /** 0 where the ordering has no such part. */
  readonly k2: number;
  readonly id: string;
}

export interface PageRequest {
  readonly sort: OrderingKey;
  readonly limit: number;
  readonly after: Place | null;
}

export function pageStatement(
  searchId: string,
  { sort, limit, after }: PageRequest,
): { readonly text: string; readonly values: readonly unknown[] } {
  const statement = new Statement();
  const search = statement.parameter('search', searchId, 'uuid');
  const ordering = orderingOf(sort);
  const { table, id, k1, k2, members } = ordering;
  const key = keyOf(ordering);
  const place = (at: Place): string => {
    const parts = [
      statement.parameter('k1', at.k1, 'float8'),
      ...(k2 === null ? [] : [statement.parameter('k2', at.k2, 'float8')]),
      `${statement.parameter('id', at.id, 'text')}::char(32)`,
    ];
    return `and ${key} > (${parts.join(', ')})`;
  };
  const text = `
    with page as materialized (
      select ${id} as id, ${k1} as k1, ${k2 ?? '0::float8'} as k2 from ${table} e
      where e.search_id = ${search}
        and ${members.replace('$ordering', () => statement.parameter('sort', sort, 'text'))} ${after ? place(after) : ''}
      order by ${key.slice(1, -1)} limit ${statement.parameter('limit', limit, 'integer')}),
    numbered as materialized (select *, row_number() over (order by k1, k2, id)::integer - 1 as at from page),
    first as materialized (
      select ${placeOf(sort, search)} as rank from numbered it where at = 0)
    select (select coalesce(json_agg(json_build_object('k1', it.k1, 'k2', it.k2,
        'candidate', ${candidateJson('c', rankOfItem(sort, search))}) order by it.at), '[]')
      from numbered it cross join lateral (
        select * from candidate where search_id = ${search} and candidate.id = it.id limit 1) c) as items
    from search s where s.id = ${search}`;
  return { text, values: statement.parameters };
}

/** Scores change together whenever more are known, so their places are not kept in blocks but counted. */
function placeOf(sort: OrderingKey, search: string): string {
  if (isRanking(sort)) return rankOf(sort, search, 'it');
  if (sort !== 'score') return 'null::integer';
  const ordering = orderingOf(sort);
  return `(select 1 + count(*)::integer from candidate e where e.search_id = ${search} and ${ordering.members}
    and ${keyOf(ordering)} < (it.k1, it.k2, it.id))`;
}

/** A page of a ranking is consecutive; in a list by cost each has its own place by accuracy, or none. */
const rankOfItem = (sort: OrderingKey, search: string): string =>
  isRanking(sort) || sort === 'score'
    ? `it.at + (select rank from first)`
    : `case when c.loss is not null then
         (select ${rankOf('accuracy', search, 'own')} from (select c.loss as k1, c.macs as k2, c.id) own) end`;

/** One candidate, with its place by accuracy. */
export function candidateStatement(
  searchId: string,
  id: string,
): { readonly text: string; readonly values: readonly unknown[] } {
  const statement = new Statement();
  const search = statement.parameter('search', searchId, 'uuid');
  const text = `
    select ${candidateJson('c', rankOfItem('macs', search), 'with predictions')} as candidate from candidate c
    where c.search_id = ${search} and c.id = ${statement.parameter('id', id, 'text')}::char(32)`;
  return { text, values: statement.parameters };
}

/** Candidates by their ids, their places left out, and the version of the results that they are of. */
export function candidatesStatement(
  searchId: string,
  ids: readonly string[],
): { readonly text: string; readonly values: readonly unknown[] } {
  const text = `
    select s.results_version as "resultsVersion", (
      select coalesce(json_agg(${candidateJson('c', 'null::integer')}), '[]')
      from unnest($2::char(32)[]) as it (id) join candidate c on c.search_id = s.id and c.id = it.id) as candidates
    from search s where s.id = $1::uuid`;
  return { text, values: [searchId, ids] };
}
