/**
 * @file Counted blocks: each ordering is cut into runs of a few hundred rows whose sizes, and the lowest costs within, are
 * kept as rows are written. A rank, or a count below a limit, is then a sum over blocks and a look into one of them;
 * a search for the best within limits leaves out every block that has nothing small enough. docs/adr/0005.
 */
import type { EntityManager } from 'typeorm';
import {
  changesBy,
  floorsBy,
  type Change,
  type Entry,
  type Floor,
  type Start,
} from './block-changes';
import { isLatency, isRanking, keyOf, orderingOf, startOf, type OrderingKey } from './orderings';

/** A block that has grown beyond `largest` is cut into pieces of about `usual`. */
export const usual = 384;
const largest = 768;

/** What is counted of the candidates: all orderings they are in, or the costs named. */
type Counted = 'all' | readonly string[];

/** Entries in the rankings come with those in the costs named: they say which floors a cost belongs to. */
const entriesOf = (
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
  counted: Counted,
): Promise<Entry[]> =>
  manager.query<Entry[]>(
    `with entry as (
       select ordering, at1, at2, c.id, true as measured, c.loss is not null as evaluated,
         c.predicted_loss is not null as predicted
       from candidate c cross join lateral (values ('accuracy', c.loss, c.macs),
         ('predictedAccuracy', c.predicted_loss, c.macs), ('macs', c.macs, 0),
         ('paramCount', c.param_count, 0), ('latencyMs', c.latency_ms, 0)) as it (ordering, at1, at2)
       where c.search_id = $1 and c.id = any($2::char(32)[]) and at1 is not null
         and ($3::text[] is null or ordering in ('accuracy', 'predictedAccuracy'))
       union all
       select cost, value, 0, candidate_id, evidence <> 'predicted', loss is not null, predicted_loss is not null
       from candidate_cost
       where search_id = $1 and candidate_id = any($2::char(32)[]) and cost <> 'predictedAccuracy'
         and ($3::text[] is null or cost = any($3)))
     select e.ordering, e.id as candidate, e.at1 as value, e.measured, e.evaluated, e.predicted, b.k1, b.k2, b.id
     from entry e left join lateral (
       select k1, k2, id from ordering_block b
       where b.search_id = $1 and b.ordering = e.ordering and (b.k1, b.k2, b.id) <= (e.at1, e.at2, e.id)
       order by b.k1 desc, b.k2 desc, b.id desc limit 1) b on true`,
    [searchId, ids, counted === 'all' ? null : counted],
  );

const countedOf = (entries: readonly Entry[], counted: Counted): readonly Entry[] =>
  counted === 'all' ? entries : entries.filter(({ ordering }) => counted.includes(ordering));

/** Values of one property of all rows: one parameter of a statement. */
const columnOf = <T, K extends keyof T>(rows: readonly T[], key: K): T[K][] =>
  rows.map((row) => row[key]);

/** Adds the changes to the blocks. @returns orderings that have a block too large */
async function applyChanges(
  manager: EntityManager,
  searchId: string,
  changes: readonly Change[],
): Promise<OrderingKey[]> {
  const rows = await manager.query<{ ordering: OrderingKey }[]>(
    `with changed as (
       insert into ordering_block
       select $1, * from unnest($2::text[], $3::float8[], $4::float8[], $5::char(32)[], $6::integer[], $7::integer[],
         $8::integer[], $9::integer[], $10::integer[])
       on conflict (search_id, ordering, k1, k2, id) do update set n = ordering_block.n + excluded.n,
         evaluated = ordering_block.evaluated + excluded.evaluated,
         evaluated_measured = ordering_block.evaluated_measured + excluded.evaluated_measured,
         predicted = ordering_block.predicted + excluded.predicted,
         predicted_measured = ordering_block.predicted_measured + excluded.predicted_measured
       returning ordering, n)
     select distinct ordering from changed where n > ${largest}`,
    [
      searchId,
      columnOf(changes, 'ordering'),
      columnOf(changes, 'k1'),
      columnOf(changes, 'k2'),
      columnOf(changes, 'id'),
      columnOf(changes, 'n'),
      columnOf(changes, 'evaluated'),
      columnOf(changes, 'evaluatedMeasured'),
      columnOf(changes, 'predicted'),
      columnOf(changes, 'predictedMeasured'),
    ],
  );
  return rows.map(({ ordering }) => ordering);
}

async function lowerFloors(
  manager: EntityManager,
  searchId: string,
  floors: readonly Floor[],
): Promise<void> {
  await manager.query(
    `insert into ordering_floor
     select $1, * from unnest($2::text[], $3::text[], $4::float8[], $5::float8[], $6::char(32)[], $7::float8[],
       $8::float8[])
     on conflict (search_id, ordering, cost, k1, k2, id) do update
       set lowest = least(ordering_floor.lowest, excluded.lowest),
         lowest_measured = least(ordering_floor.lowest_measured, excluded.lowest_measured)
       where excluded.lowest < ordering_floor.lowest or (excluded.lowest_measured is not null
         and excluded.lowest_measured < coalesce(ordering_floor.lowest_measured, 'Infinity'))`,
    [
      searchId,
      columnOf(floors, 'ordering'),
      columnOf(floors, 'cost'),
      columnOf(floors, 'k1'),
      columnOf(floors, 'k2'),
      columnOf(floors, 'id'),
      columnOf(floors, 'lowest'),
      columnOf(floors, 'lowestMeasured'),
    ],
  );
}

/** Takes the candidates out of the counts; `countIn` puts them back as they are then. */
export async function countOut(
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
  counted: Counted = 'all',
): Promise<void> {
  const entries = await entriesOf(manager, searchId, ids, counted);
  const gone = countedOf(entries, counted);
  if (gone.length > 0) await applyChanges(manager, searchId, changesBy(gone, -1));
}

/** Adds the candidates to the counts and floors of their blocks, and cuts the blocks that have become too large. */
export async function countIn(
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
  counted: Counted = 'all',
): Promise<void> {
  const entries = await entriesOf(manager, searchId, ids, counted);
  const come = countedOf(entries, counted);
  if (come.length === 0) return;
  const large = await applyChanges(manager, searchId, changesBy(come, 1));
  await lowerFloors(manager, searchId, floorsBy(entries));
  for (const ordering of large) await cut(manager, searchId, ordering);
}

/** The starts `b`, each with the start of the block behind it; +∞ behind the last. */
const bounded = (columns: string, from: string): string => `
  select ${columns}, coalesce(next.k1, 'Infinity') as n1, coalesce(next.k2, 0) as n2, coalesce(next.id, '') as nid
  from ${from} left join lateral (
    select k1, k2, id from ordering_block n
    where n.search_id = $1 and n.ordering = $2 and (n.k1, n.k2, n.id) > (b.k1, b.k2, b.id)
    order by k1, k2, id limit 1) next on true`;

/** Members of each of `b`, which `bounded` gave. */
function membersOf(key: OrderingKey, columns: string): string {
  const ordering = orderingOf(key);
  const end = ordering.k2 === null ? '(b.n1, b.nid)' : '(b.n1, b.n2, b.nid)';
  return `select ${columns} from ${ordering.table} e
    where e.search_id = $1 and ${ordering.members.replace('$ordering', '$2')}
      and ${keyOf(ordering)} >= ${startOf(ordering, 'b')} and ${keyOf(ordering)} < ${end}`;
}

/** Cuts every block of the ordering that is too large; the first piece keeps the block's start. */
async function cut(manager: EntityManager, searchId: string, key: OrderingKey): Promise<void> {
  const { k1, k2, id, isMeasured } = orderingOf(key);
  const large = `(select * from ordering_block where search_id = $1 and ordering = $2 and n > ${largest}) b`;
  const pieces = await manager.query<Start[]>(
    `with block as (${bounded('b.*', large)}),
       member as (
         select b.k1 as b1, b.k2 as b2, b.id as bid, b.n, (b.n + ${usual - 1}) / ${usual} as pieces, e.*,
           row_number() over (partition by b.k1, b.k2, b.id order by e.k1, e.k2, e.id) - 1 as at
         from block b cross join lateral (${membersOf(
           key,
           `${k1} as k1, ${k2 ?? '0::float8'} as k2, ${id} as id, ${isMeasured} as measured,
            e.loss is not null as evaluated, e.predicted_loss is not null as predicted`,
         )}) e),
       piece as (
         select *, at * pieces / n as piece, at > 0 and (at - 1) * pieces / n < at * pieces / n as is_first from member)
     insert into ordering_block
     select $1, $2, coalesce(max(k1) filter (where is_first), b1), coalesce(max(k2) filter (where is_first), b2),
       coalesce(max(id) filter (where is_first), bid), count(*), count(*) filter (where evaluated),
       count(*) filter (where evaluated and measured), count(*) filter (where predicted),
       count(*) filter (where predicted and measured)
     from piece group by b1, b2, bid, piece
     on conflict (search_id, ordering, k1, k2, id) do update set n = excluded.n, evaluated = excluded.evaluated,
       evaluated_measured = excluded.evaluated_measured, predicted = excluded.predicted,
       predicted_measured = excluded.predicted_measured
     returning k1, k2, id`,
    [searchId, key],
  );
  const values = valuesWithin(key);
  if (values === null) return;
  const these = `unnest($3::float8[], $4::float8[], $5::char(32)[]) as b (k1, k2, id)`;
  await manager.query(
    `with block as (${bounded('b.k1, b.k2, b.id', these)}),
       member as (
         select b.k1, b.k2, b.id, e.id as candidate_id, e.measured from block b
         cross join lateral (${membersOf(key, `${id} as id, ${isMeasured} as measured`)}) e)
     insert into ordering_floor
     select $1, $2, cost, k1, k2, id, min(value), min(value) filter (where measured)
     from (${values}) as it where value is not null group by cost, k1, k2, id
     on conflict (search_id, ordering, cost, k1, k2, id) do update
       set lowest = excluded.lowest, lowest_measured = excluded.lowest_measured`,
    [searchId, key, columnOf(pieces, 'k1'), columnOf(pieces, 'k2'), columnOf(pieces, 'id')],
  );
}

/** Values of the members of a block whose lowest is kept; null where none is. */
function valuesWithin(key: OrderingKey): string | null {
  const ofCandidate = `cross join lateral (
    select * from candidate where search_id = $1 and candidate.id = m.candidate_id limit 1) c`;
  if (isRanking(key)) {
    return `
      select m.k1, m.k2, m.id, cost, value, true as measured from member m ${ofCandidate} cross join lateral
        (values ('macs', c.macs), ('paramCount', c.param_count), ('latencyMs', c.latency_ms)) as it (cost, value)
      union all
      select m.k1, m.k2, m.id, cost, value, evidence <> 'predicted' from member m
      cross join lateral (select * from candidate_cost
        where search_id = $1 and candidate_id = m.candidate_id and cost <> 'predictedAccuracy' offset 0) c`;
  }
  if (!isLatency(key)) return null;
  return `
    select m.k1, m.k2, m.id, cost, value, m.measured from member m ${ofCandidate} cross join lateral
      (values ('accuracy', c.loss), ('predictedAccuracy', c.predicted_loss)) as it (cost, value)`;
}
