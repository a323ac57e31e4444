/**
 * @file The mission query as one statement: the first of a ranking within every limit, its place, how many fit, and its
 * neighbours. Blocks without anything small enough are left out by their floors, so the answer is exact however far
 * down the ranking it is.
 */
import type { CostKey, OwnCost } from '@sextant/contracts';
import { candidateJson } from './candidate-json';
import { keyOf, lossOf, orderingOf, startOf, type OrderingKey, type Ranking } from './orderings';
import { countBelow, rankOf } from './rank';
import { Statement } from './statement';
import type { StoredCandidate } from './stored-candidate';

export interface Limit {
  readonly cost: CostKey;
  readonly max: number;
}

export interface BestRequest {
  readonly limits: readonly Limit[];
  /** Of the ranking's score. */
  readonly minAccuracy: number | null;
  readonly ranking: Ranking;
  /** `measured`: a predicted cost is as good as none. */
  readonly evidence: 'measured' | 'any';
  /** By which neighbours are slower and faster. */
  readonly latency: CostKey;
  /** Costs whose smallest is told where nothing fits. */
  readonly smallestOf: readonly CostKey[];
}

/** With several limits, the most selective leaves so few that each is looked at, and counted. */
export const few = 1000;
/** A slower neighbour that must hold other limits too is looked for in so many blocks: each candidate is read. */
const blocksForNeighbour = 2;

export const ownColumn: Readonly<Record<OwnCost, string>> = {
  macs: 'macs',
  paramCount: 'param_count',
  latencyMs: 'latency_ms',
};
export const isOwnCost = (cost: string): cost is OwnCost => cost in ownColumn;

/** A limit as SQL: expressions of the cost's key and of the largest value. */
interface Bound {
  readonly cost: CostKey;
  readonly name: string;
  readonly max: string;
  readonly comparison: '<=' | '<';
}

class BestStatement {
  readonly statement = new Statement();
  private readonly search: string;
  private readonly bounds: readonly Bound[];
  private readonly maxLoss: string | null;
  private readonly loss: string;

  constructor(
    searchId: string,
    private readonly request: BestRequest,
  ) {
    const { limits, minAccuracy, ranking } = request;
    this.search = this.statement.parameter('search', searchId, 'uuid');
    this.bounds = limits.map(({ cost, max }, at) => ({
      cost,
      name: this.nameOf(cost),
      max: this.statement.parameter(`max ${at}`, max, 'float8'),
      comparison: '<=',
    }));
    this.maxLoss =
      minAccuracy === null ? null : this.statement.parameter('loss', -minAccuracy, 'float8');
    this.loss = lossOf[ranking];
  }

  private nameOf = (cost: CostKey): string =>
    this.statement.parameter(`cost ${cost}`, cost, 'text');

  /** The parts of `candidate c` within the bounds: joins, and conditions. */
  private within(bounds: readonly Bound[]): { joins: string; conditions: string } {
    const joins = bounds.flatMap(({ cost, name }, at) =>
      isOwnCost(cost)
        ? []
        : [
            `join candidate_cost p${at} on p${at}.search_id = ${this.search} and p${at}.cost = ${name}
               and p${at}.candidate_id = c.id`,
          ],
    );
    const conditions = bounds.map(({ cost, max, comparison }, at) => {
      if (isOwnCost(cost)) return `and c.${ownColumn[cost]} ${comparison} ${max}`;
      const measured = this.isMeasuredOnly ? `and p${at}.evidence <> 'predicted'` : '';
      return `and p${at}.value ${comparison} ${max} ${measured}`;
    });
    const score = this.maxLoss === null ? '' : `and c.${this.loss} <= ${this.maxLoss}`;
    return { joins: joins.join(' '), conditions: `${conditions.join(' ')} ${score}` };
  }

  private get isMeasuredOnly(): boolean {
    return this.request.evidence === 'measured';
  }

  private get lowest(): string {
    return this.isMeasuredOnly ? 'lowest_measured' : 'lowest';
  }

  /** The first of the ranking within the bounds, from the block that starts at `from` on. */
  private firstWithin(bounds: readonly Bound[], from: string | null = null): string {
    const { joins, conditions } = this.within(bounds);
    const key = `(c.${this.loss}, c.macs, c.id)`;
    const one = (place: string): string => `
      select c.id, c.${this.loss} as k1, c.macs as k2 from candidate c ${joins}
      where c.search_id = ${this.search} and c.${this.loss} is not null ${place} ${conditions}
      order by c.${this.loss}, c.macs, c.id limit 1`;
    const [driver, ...others] = bounds;
    if (driver === undefined) return one('');
    const small = others.map(
      ({ name, max, comparison }) => `and exists (select from ordering_floor g
        where g.search_id = ${this.search} and g.ordering = '${this.request.ranking}' and g.cost = ${name}
          and g.k1 = f.k1 and g.k2 = f.k2 and g.id = f.id and g.${this.lowest} ${comparison} ${max})`,
    );
    return `
      select c.* from ordering_floor f
      ${this.nextBlock('f')}
      cross join lateral (${one(`and ${key} >= (f.k1, f.k2, f.id)
        and ${key} < (coalesce(hi.k1, 'Infinity'), coalesce(hi.k2, 0), coalesce(hi.id, ''))`)}) c
      where f.search_id = ${this.search} and f.ordering = '${this.request.ranking}' and f.cost = ${driver.name}
        and f.${this.lowest} ${driver.comparison} ${driver.max} ${small.join(' ')}
        ${this.maxLoss === null ? '' : `and f.k1 <= ${this.maxLoss}`}
        ${from === null ? '' : `and (f.k1, f.k2, f.id) >= ${from}`}
      order by f.k1, f.k2, f.id limit 1`;
  }

  private nextBlock = (f: string): string => `
    left join lateral (select n.k1, n.k2, n.id from ordering_block n
      where n.search_id = ${this.search} and n.ordering = ${f}.ordering
        and (n.k1, n.k2, n.id) > (${f}.k1, ${f}.k2, ${f}.id)
      order by n.k1, n.k2, n.id limit 1) hi on true`;

  /** What is counted one by one: each limit, and the least accuracy. */
  private get terms(): { key: OrderingKey; name: string; max: string }[] {
    const { ranking } = this.request;
    const score =
      this.maxLoss === null ? [] : [{ key: ranking, name: `'${ranking}'`, max: this.maxLoss }];
    return [...this.bounds.map(({ cost, name, max }) => ({ key: cost, name, max })), ...score];
  }

  /** Everything within the bounds, of `term`'s range, where `guard` holds. */
  private allWithin({ key, name, max }: BestStatement['terms'][number], guard: string): string {
    const { joins, conditions } = this.within(this.bounds);
    const { table, id, k1, members } = orderingOf(key);
    return `
      select c.id, c.${this.loss} as k1, c.macs as k2
      from ${table} e join candidate c on c.search_id = ${this.search} and c.id = ${id} ${joins}
      where ${guard} and e.search_id = ${this.search} and ${members.replace('$ordering', name)} and ${k1} <= ${max}
        and c.${this.loss} is not null ${conditions}`;
  }

  /** CTEs `counted` (n: most that can fit), `fitting` where they are few, and `answer`. */
  private answer(): string {
    const { terms } = this;
    const counts = terms.map(
      ({ key, name, max }, at) =>
        `${countBelow(key, name, this.search, max, this.request)} as n${at}`,
    );
    const names = terms.map((_, at) => `n${at}`).join(', ');
    if (terms.length < 2) {
      const total = `(select sum(b.n)::integer from ordering_block b
        where b.search_id = ${this.search} and b.ordering = '${this.request.ranking}')`;
      return `
        counted as materialized (select ${counts[0] ?? `${total} as n0`}),
        known as (select n0 as n, true as is_exact from counted),
        answer as materialized (${this.firstWithin(this.bounds)})`;
    }
    const branches = terms.map((term, at) =>
      this.allWithin(term, `(select n${at} = least(${names}) and n${at} <= ${few} from counted)`),
    );
    return `
      counted as materialized (select ${counts.join(', ')}),
      fitting as materialized (select distinct on (k1, k2, id) * from (${branches.join(' union all ')}) it
        order by k1, k2, id),
      known as (select case when least(${names}) <= ${few} then (select count(*)::integer from fitting)
        else least(${names}) end as n, least(${names}) <= ${few} as is_exact from counted),
      answer as materialized (
        (select id, k1, k2 from fitting order by k1, k2, id limit 1)
        union all
        select * from (${this.firstWithin(this.bounds)}) walked where not (select is_exact from known))`;
  }

  /** The nearest above the latency limit that is better than the answer. */
  private slower(): string {
    const { latency, ranking } = this.request;
    const bound = this.bounds.find(({ cost }) => cost === latency);
    if (bound === undefined)
      return 'select null::char(32) as id, 0::float8 as k1, 0::float8 as k2 limit 0';
    const others = this.bounds.filter((it) => it !== bound);
    const { joins, conditions } = this.within(others);
    const ordering = orderingOf(latency);
    const { table, members, k1, id, isMeasured } = ordering;
    const measured = this.isMeasuredOnly ? `and ${isMeasured}` : '';
    return `
      select c.id, c.k1, c.k2 from (
        select f.* from ordering_floor f
        where f.search_id = ${this.search} and f.ordering = ${bound.name} and f.cost = '${ranking}'
          and f.${this.lowest} < (select k1 from answer)
          and (f.k1, f.k2, f.id) >= (select b.k1, b.k2, b.id from ordering_block b
            where b.search_id = ${this.search} and b.ordering = ${bound.name} and b.k1 <= ${bound.max}
            order by b.k1 desc, b.k2 desc, b.id desc limit 1)
        order by f.k1, f.k2, f.id ${others.length > 0 ? `limit ${blocksForNeighbour}` : ''}) f
      ${this.nextBlock('f')}
      cross join lateral (
        select c.id, c.${this.loss} as k1, c.macs as k2
        from ${table} e join candidate c on c.search_id = ${this.search} and c.id = ${id} ${joins}
        where e.search_id = ${this.search} and ${members.replace('$ordering', bound.name)}
          and ${keyOf(ordering)} >= ${startOf(ordering, 'f')}
          and ${keyOf(ordering)} < (coalesce(hi.k1, 'Infinity'), coalesce(hi.id, ''))
          and ${k1} > ${bound.max} and e.${this.loss} < (select k1 from answer) ${measured} ${conditions}
        order by ${k1}, ${id} limit 1) c
      order by f.k1, f.k2, f.id limit 1`;
  }

  /** The first of the ranking that is faster than the answer. */
  private faster(): string {
    const { latency } = this.request;
    const others = this.bounds.filter(({ cost }) => cost !== latency);
    const own = `select latency_ms as value from candidate c join answer a using (id) where c.search_id = ${this.search}`;
    const onProfile = `select value from candidate_cost p join answer a on a.id = p.candidate_id
      where p.search_id = ${this.search} and p.cost = ${this.nameOf(latency)}
        ${this.isMeasuredOnly ? `and p.evidence <> 'predicted'` : ''}`;
    const bound: Bound = {
      cost: latency,
      name: this.nameOf(latency),
      max: `(${isOwnCost(latency) ? own : onProfile})`,
      comparison: '<',
    };
    return this.firstWithin([bound, ...others], '(select k1, k2, id from place)');
  }

  private smallest(cost: CostKey): string {
    const { ranking, evidence } = this.request;
    const ordering = orderingOf(cost);
    const { table, members, k1, isMeasured } = ordering;
    const name = this.nameOf(cost);
    const column = ranking === 'accuracy' ? 'evaluated' : 'predicted';
    const counted = evidence === 'any' ? column : `${column}_measured`;
    return `(select e.k1 from (
        select b.k1, b.k2, b.id from ordering_block b
        where b.search_id = ${this.search} and b.ordering = ${name} and b.${counted} > 0
        order by b.k1, b.k2, b.id limit 1) b
      cross join lateral (
        select ${k1} as k1 from ${table} e
        where e.search_id = ${this.search} and ${members.replace('$ordering', name)}
          and ${keyOf(ordering)} >= ${startOf(ordering, 'b')}
          and e.${this.loss} is not null ${evidence === 'any' ? '' : `and ${isMeasured}`}
        order by ${keyOf(ordering).slice(1, -1)} limit 1) e)`;
  }

  private json = (from: string): string => `
    (select ${candidateJson('c', rankOf(this.request.ranking, this.search, 'it'))}
     from ${from} it join candidate c on c.search_id = ${this.search} and c.id = it.id)`;

  text(): string {
    const { ranking } = this.request;
    return `
      with ${this.answer()},
      place as materialized (select b.k1, b.k2, b.id from answer a cross join lateral (
        select b.k1, b.k2, b.id from ordering_block b where b.search_id = ${this.search}
          and b.ordering = '${ranking}' and (b.k1, b.k2, b.id) <= (a.k1, a.k2, a.id)
        order by b.k1 desc, b.k2 desc, b.id desc limit 1) b),
      slower as materialized (${this.slower()}),
      faster as materialized (${this.faster()})
      select s.results_version as "resultsVersion", known.n as "feasibleCount", known.is_exact as "isExact",
        coalesce((select sum(b.n)::integer from ordering_block b
          where b.search_id = ${this.search} and b.ordering = '${ranking}'), 0) as "evaluatedCount",
        ${this.json('answer')} as answer, ${this.json('slower')} as slower, ${this.json('faster')} as faster
      from search s left join known on true where s.id = ${this.search}`;
  }

  /** What there is where nothing fits. */
  extremes(): string {
    const smallest = this.request.smallestOf.map(
      (cost) => `${this.nameOf(cost)}, ${this.smallest(cost)}`,
    );
    return `
      select json_build_object(${smallest.join(', ')}) as smallest,
        (select -c.${this.loss} from candidate c where c.search_id = ${this.search} and c.${this.loss} is not null
         order by c.${this.loss}, c.macs, c.id limit 1) as "highestAccuracy"`;
  }
}

interface Prepared {
  readonly text: string;
  readonly values: readonly unknown[];
}

export function bestStatement(searchId: string, request: BestRequest): Prepared {
  const best = new BestStatement(searchId, request);
  return { text: best.text(), values: best.statement.parameters };
}

/** For a request that nothing answers. */
export function extremesStatement(searchId: string, request: BestRequest): Prepared {
  const best = new BestStatement(searchId, { ...request, limits: [], minAccuracy: null });
  return { text: best.extremes(), values: best.statement.parameters };
}

export interface BestRow {
  readonly resultsVersion: number;
  readonly evaluatedCount: number;
  readonly feasibleCount: number | null;
  readonly isExact: boolean | null;
  readonly answer: StoredCandidate | null;
  readonly slower: StoredCandidate | null;
  readonly faster: StoredCandidate | null;
}

export interface Extremes {
  readonly smallest: Readonly<Record<string, number | null>>;
  readonly highestAccuracy: number | null;
}
