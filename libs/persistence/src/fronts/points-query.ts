/** @file What candidates have in the objectives of a front, minimised; those that lack one are not in it. */
import type { OwnCost } from '@sextant/contracts';
import type { EntityManager } from 'typeorm';
import type { OrderingKey, Ranking } from '../query/orderings';
import type { Member } from './pareto-members';

export interface FrontKey {
  /** In the order of `canonical`. */
  readonly objectives: readonly OrderingKey[];
  readonly evidence: 'measured' | 'any';
}

const own: Readonly<Record<Ranking | OwnCost, string>> = {
  accuracy: 'c.loss',
  predictedAccuracy: 'c.predicted_loss',
  macs: 'c.macs',
  paramCount: 'c.param_count',
  latencyMs: 'c.latency_ms',
};
const isOwn = (key: OrderingKey): key is Ranking | OwnCost => key in own;

/** One order for the same objectives: scores first, then costs by name. */
export const canonical = (objectives: readonly OrderingKey[]): OrderingKey[] => {
  const place = (key: OrderingKey): string => (key.endsWith('ccuracy') ? ` ${key}` : key);
  return [...new Set(objectives)].sort((a, b) => (place(a) < place(b) ? -1 : 1));
};

type Which =
  { readonly ids: readonly string[] } | { readonly after: string; readonly limit: number };

export function pointsOf(
  manager: EntityManager,
  searchId: string,
  { objectives, evidence }: FrontKey,
  which: Which,
): Promise<Member[]> {
  const values: unknown[] = [searchId];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const place =
    'ids' in which
      ? `c.id = any(${parameter(which.ids)}::char(32)[])`
      : `c.id > ${parameter(which.after)}::char(32)`;
  const joins = objectives.flatMap((key, at) =>
    isOwn(key)
      ? []
      : [
          `cross join lateral (select value from candidate_cost p where p.search_id = c.search_id
             and p.cost = ${parameter(key)} and p.candidate_id = c.id
             ${evidence === 'any' ? '' : `and p.evidence <> 'predicted'`} limit 1) p${at}`,
        ],
  );
  const columns = objectives.map((key, at) => (isOwn(key) ? own[key] : `p${at}.value`));
  const known = columns.map((column) => `and ${column} is not null`).join(' ');
  return manager.query<Member[]>(
    `select c.id, array[${columns.join(', ')}]::float8[] as point from candidate c ${joins.join(' ')}
     where c.search_id = $1 and ${place} ${known}
     order by c.id ${'limit' in which ? `limit ${parameter(which.limit)}` : ''}`,
    values,
  );
}
