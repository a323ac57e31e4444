/** @file Pareto fronts of a search, kept up to date in the transaction that stores a result. */
import type { EntityManager } from 'typeorm';
import type { OrderingKey } from '../query/orderings';
import { referenceFor, volumeOf } from './front-volume';
import { withNewcomers, type Member } from './pareto-members';
import { pointsOf, type FrontKey } from './points-query';

/** Kept from the first candidate on, so that their history is whole. */
const firstFronts: readonly (readonly OrderingKey[])[] = [
  ['accuracy', 'latencyMs'],
  ['accuracy', 'macs'],
];
/** Beyond these, the front that was asked for first is no longer kept. */
const frontsPerSearch = 16;

interface FrontRow {
  readonly objectives: string;
  readonly evidence: FrontKey['evidence'];
  readonly reference: number[] | null;
}

const keyOf = ({ objectives, evidence }: FrontRow): FrontKey => ({
  objectives: objectives.split(',') as OrderingKey[],
  evidence,
});

const nameOf = ({ objectives, evidence }: FrontKey): [string, string] => [
  objectives.join(','),
  evidence,
];

/** Starts the first fronts of a search that has no candidate yet. Runs under the lock of the results. */
export async function startFronts(manager: EntityManager, searchId: string): Promise<void> {
  await manager.query(
    `insert into pareto_front (search_id, objectives, evidence, is_current, is_first)
     select $1, objectives, 'measured', true, true from unnest($2::text[]) as it (objectives)
     where not exists (select from candidate where search_id = $1) on conflict do nothing`,
    [searchId, firstFronts.map((objectives) => objectives.join(','))],
  );
}

export const membersOf = (
  manager: EntityManager,
  searchId: string,
  key: FrontKey,
): Promise<Member[]> =>
  manager.query<Member[]>(
    `select candidate_id as id, point from pareto_member
     where search_id = $1 and objectives = $2 and evidence = $3 order by candidate_id`,
    [searchId, ...nameOf(key)],
  );

/** Makes `after` the members of the front, and notes how it has grown. */
async function replace(
  manager: EntityManager,
  searchId: string,
  key: FrontKey,
  change: { before: readonly Member[]; after: readonly Member[]; reference: number[] | null },
): Promise<void> {
  const kept = new Set(change.after.map(({ id }) => id));
  const known = new Set(change.before.map(({ id }) => id));
  const gone = change.before.filter(({ id }) => !kept.has(id)).map(({ id }) => id);
  const come = change.after.filter(({ id }) => !known.has(id));
  if (gone.length + come.length === 0) return;
  const points = change.after.map(({ point }) => point);
  const reference = change.reference ?? referenceFor(key.objectives, points);
  await manager.query(
    `delete from pareto_member
     where search_id = $1 and objectives = $2 and evidence = $3 and candidate_id = any($4::char(32)[])`,
    [searchId, ...nameOf(key), gone],
  );
  await manager.query(
    `insert into pareto_member (search_id, objectives, evidence, candidate_id, point)
     select $1, $2, $3, id, point from json_to_recordset($4) as it (id char(32), point float8[])`,
    [searchId, ...nameOf(key), JSON.stringify(come)],
  );
  await manager.query(
    `with moved as (
       update pareto_front f set version = s.results_version, reference = $4
       from search s where s.id = $1 and f.search_id = $1 and f.objectives = $2 and f.evidence = $3
       returning f.version)
     insert into pareto_history (search_id, objectives, evidence, version, size, hypervolume)
     select $1, $2, $3, version, $5, $6 from moved
     on conflict (search_id, objectives, evidence, version) do update
       set size = excluded.size, hypervolume = excluded.hypervolume, at = excluded.at`,
    [
      searchId,
      ...nameOf(key),
      reference,
      change.after.length,
      volumeOf(key.objectives, change.after, reference),
    ],
  );
}

/** Whether the value of a member has changed: what it dominated is then unknown. */
function hasMoved(members: readonly Member[], points: readonly Member[]): boolean {
  const pointOf = new Map(members.map(({ id, point }) => [id, point]));
  return points.some(({ id, point }) => {
    const known = pointOf.get(id);
    return known !== undefined && known.some((value, at) => value !== point[at]);
  });
}

/**
 * Takes the candidates into every front kept for the search, with what has just been stored of them. A front one of whose
 * members has changed, as when a measurement replaces its prediction, is made anew when it is next asked for.
 */
export async function updateFronts(
  manager: EntityManager,
  searchId: string,
  ids: readonly string[],
): Promise<void> {
  const fronts = await manager.query<FrontRow[]>(
    `select objectives, evidence, reference from pareto_front where search_id = $1`,
    [searchId],
  );
  for (const front of fronts) {
    const key = keyOf(front);
    const points = await pointsOf(manager, searchId, key, { ids });
    if (points.length === 0) continue;
    const before = await membersOf(manager, searchId, key);
    if (hasMoved(before, points)) {
      await forget(manager, searchId, key);
      continue;
    }
    const after = withNewcomers(before, points);
    await replace(manager, searchId, key, { before, after, reference: front.reference });
  }
}

const forget = (manager: EntityManager, searchId: string, key: FrontKey): Promise<unknown> =>
  manager.query(
    `with emptied as (delete from pareto_member where search_id = $1 and objectives = $2 and evidence = $3)
     update pareto_front set is_current = false, generation = generation + 1
     where search_id = $1 and objectives = $2 and evidence = $3`,
    [searchId, ...nameOf(key)],
  );

const generationOf = async (
  manager: EntityManager,
  searchId: string,
  key: FrontKey,
): Promise<number | null> => {
  const [row] = await manager.query<{ generation: number }[]>(
    `select generation from pareto_front where search_id = $1 and objectives = $2 and evidence = $3`,
    [searchId, ...nameOf(key)],
  );
  return row?.generation ?? null;
};

/**
 * From now on what is stored is taken into the front, which is not whole yet.
 * @returns the generation: another one means that the front was emptied meanwhile
 */
export async function register(
  manager: EntityManager,
  searchId: string,
  key: FrontKey,
): Promise<number | null> {
  await manager.query(
    `insert into pareto_front (search_id, objectives, evidence, is_current, is_first)
     values ($1, $2, $3, false, false) on conflict do nothing`,
    [searchId, ...nameOf(key)],
  );
  await manager.query(
    `delete from pareto_front where search_id = $1 and (objectives, evidence) in (
       select objectives, evidence from pareto_front where search_id = $1
       order by is_first desc, created_at desc offset ${frontsPerSearch})`,
    [searchId],
  );
  return generationOf(manager, searchId, key);
}

/** What was found of everything stored before `register`. */
export interface Found {
  readonly generation: number | null;
  readonly members: readonly Member[];
}

/** Joins what was found with what has come since: the front is whole. Where that has changed, all is read again. */
export async function complete(
  manager: EntityManager,
  searchId: string,
  key: FrontKey,
  { generation, members }: Found,
): Promise<void> {
  const now = await pointsOf(manager, searchId, key, { ids: members.map(({ id }) => id) });
  const isSame = generation === (await generationOf(manager, searchId, key));
  const isStill = isSame && now.length === members.length && !hasMoved(members, now);
  const before = await membersOf(manager, searchId, key);
  const all = isStill ? members : await everyPoint(manager, searchId, key);
  const after = withNewcomers(before, all);
  const [row] = await manager.query<{ reference: number[] | null }[]>(
    `with made as (
       update pareto_front f set is_current = true, version = s.results_version
       from search s where s.id = $1 and f.search_id = $1 and f.objectives = $2 and f.evidence = $3
       returning f.reference)
     select reference from made`,
    [searchId, ...nameOf(key)],
  );
  if (row) await replace(manager, searchId, key, { before, after, reference: row.reference });
}

const pageSize = 20_000;

/** The front of all that is stored, page by page. */
export async function everyPoint(
  manager: EntityManager,
  searchId: string,
  key: FrontKey,
): Promise<Member[]> {
  let front: Member[] = [];
  let after = '';
  for (;;) {
    const page = await pointsOf(manager, searchId, key, { after, limit: pageSize });
    front = withNewcomers(front, page);
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return front;
    after = last.id;
  }
}
