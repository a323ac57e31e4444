/** @file The orders in which an index holds the candidates of a search: two rankings, and one per cost. */
import type { CostKey, OwnCost } from '@sextant/contracts';

export const rankings = ['accuracy', 'predictedAccuracy'] as const;
/** Best first; ties by fewer MACs, then id. */
export type Ranking = (typeof rankings)[number];
/** A ranking, the scores of a zero-cost search, or a cost from the smallest on, ties by id. */
export type OrderingKey = Ranking | 'score' | CostKey;

/** Where the rows of an ordering are; `e` is the table's alias in every expression. */
export interface Ordering {
  readonly table: 'candidate' | 'candidate_cost';
  /** Of the candidate. */
  readonly id: string;
  /** The key in order, `k2` being null where there are only two parts. */
  readonly k1: string;
  readonly k2: string | null;
  /** Which rows of the table belong to it; `$ordering` stands for its key. */
  readonly members: string;
  /** Whether the value is more than a prediction. */
  readonly isMeasured: string;
}

const onCandidate = (k1: string, k2: string | null, members: string): Ordering => ({
  table: 'candidate',
  id: 'e.id',
  k1,
  k2,
  members,
  isMeasured: 'true',
});

const own: Readonly<Record<Ranking | 'score' | OwnCost, Ordering>> = {
  accuracy: onCandidate('e.loss', 'e.macs', 'e.loss is not null'),
  predictedAccuracy: onCandidate('e.predicted_loss', 'e.macs', 'e.predicted_loss is not null'),
  score: onCandidate('e.score_loss', 'e.macs', 'e.score_loss is not null'),
  macs: onCandidate('e.macs', null, 'true'),
  paramCount: onCandidate('e.param_count', null, 'true'),
  latencyMs: onCandidate('e.latency_ms', null, 'e.latency_ms is not null'),
};

const onProfile: Ordering = {
  table: 'candidate_cost',
  id: 'e.candidate_id',
  k1: 'e.value',
  k2: null,
  members: 'e.cost = $ordering',
  isMeasured: `(e.evidence <> 'predicted')`,
};

const isOwn = (key: OrderingKey): key is Ranking | 'score' | OwnCost => key in own;

export const orderingOf = (key: OrderingKey): Ordering => (isOwn(key) ? own[key] : onProfile);

/** The negated score of each ranking, a column of both tables; null where a candidate has none. */
export const lossOf: Readonly<Record<Ranking, string>> = {
  accuracy: 'loss',
  predictedAccuracy: 'predicted_loss',
};

export const isRanking = (key: OrderingKey): key is Ranking =>
  (rankings as readonly string[]).includes(key);

/** Costs by which a caller says slower and faster. */
export const isLatency = (key: string): boolean =>
  key === 'latencyMs' || key.startsWith('latencyMs@');

/** The key as one row value; a two-part key leaves out the middle. */
export const keyOf = ({ k1, k2, id }: Ordering): string =>
  k2 === null ? `(${k1}, ${id})` : `(${k1}, ${k2}, ${id})`;

/** Where a block starts, comparable with `keyOf` of its ordering. */
export const startOf = ({ k2 }: Ordering, block: string): string =>
  k2 === null ? `(${block}.k1, ${block}.id)` : `(${block}.k1, ${block}.k2, ${block}.id)`;
