/** @file A zero-cost search: its plan, the scores its shards store once, and the ranking made of them. */
import type { RankedProxy, ScoredArchitecture, TaskId } from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { recount } from '../query/recount';
import { countIn, countOut } from '../query/blocks';
import { holdFence, holdResults } from '../results/hold-results';
import { holdTaskFence } from './task.repository';

/** What is scored, shard by shard; encodings of the architectures. */
export interface ScoringPlan {
  readonly requested: number;
  readonly distinct: number;
  readonly shards: readonly (readonly (readonly number[])[])[];
}

export interface PlanCounts {
  readonly requested: number;
  readonly distinct: number;
  readonly shards: number;
}

/** Scores of one architecture in the order of the search's proxies; null: it failed. */
export interface StoredScores {
  readonly id: string;
  readonly encoding: readonly number[];
  readonly macs: number;
  readonly paramCount: number;
  /** What the list is ordered by. */
  readonly score: number | null;
  readonly scores: readonly (number | null)[];
  readonly nodeCounts: readonly number[];
  /** float64, little-endian, one proxy after the other. */
  readonly nodes: Buffer;
}

const shardsPerStatement = 200;

/** Below every score, and finite, so that a place in the list is JSON. */
export const failedScore = `'${-Number.MAX_VALUE}'::float8`;

export class ScoringRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Null before the search is planned. */
  async plan(searchId: string): Promise<PlanCounts | null> {
    const [row = null] = await this.dataSource.query<PlanCounts[]>(
      `select requested, distinct_count as distinct, shards from scoring_plan where search_id = $1`,
      [searchId],
    );
    return row;
  }

  /**
   * Stores the plan and its shards, all or nothing, unless there is one already.
   * @throws {LeaseLostError} the epoch is not the search's: nothing is written
   */
  storePlan(searchId: string, epoch: number, plan: ScoringPlan): Promise<void> {
    const { requested, distinct, shards } = plan;
    return this.dataSource.transaction(async (manager) => {
      await holdFence(manager, searchId, epoch);
      const rows = await manager.query<unknown[]>(
        `insert into scoring_plan (search_id, requested, distinct_count, shards) values ($1, $2, $3, $4)
         on conflict do nothing returning search_id`,
        [searchId, requested, distinct, shards.length],
      );
      if (rows.length > 0) await insertShards(manager, searchId, shards);
    });
  }

  /**
   * Stores scores in one transaction; what is there already stays as it is.
   * @param proxies the search's, in its order
   * @throws {LeaseLostError} the epoch is not the shard's: nothing is written
   */
  record(
    shard: TaskId,
    epoch: number,
    proxies: readonly string[],
    architectures: readonly ScoredArchitecture[],
  ): Promise<void> {
    const rows = JSON.stringify(architectures.map((it) => rowOf(it, proxies)));
    const ids = architectures.map(({ id }) => id);
    return this.dataSource.transaction(async (manager) => {
      await holdTaskFence(manager, shard, epoch);
      await holdResults(manager, shard.searchId, null);
      await countOut(manager, shard.searchId, ids);
      await manager.query(
        `insert into candidate (search_id, id, encoding, architecture, macs, param_count)
         select $1, id, encoding, architecture, macs, params from jsonb_to_recordset($2::jsonb)
           as it (id text, encoding integer[], architecture jsonb, macs float8, params integer)
         on conflict do nothing`,
        [shard.searchId, rows],
      );
      await manager.query(
        `insert into candidate_scores (search_id, candidate_id, scores, failures, node_counts, nodes, shard, lease_epoch)
         select $1, id, scores, failures, counts, decode(nodes, 'base64'), $3, $4 from jsonb_to_recordset($2::jsonb)
           as it (id text, scores float8[], failures text[], counts integer[], nodes text)
         on conflict do nothing`,
        [shard.searchId, rows, shard.number, epoch],
      );
      await countIn(manager, shard.searchId, ids);
    });
  }

  async scoredCount(searchId: string): Promise<number> {
    const [row] = await this.dataSource.query<{ count: number }[]>(
      `select count(*)::integer as count from candidate_scores where search_id = $1`,
      [searchId],
    );
    return row?.count ?? 0;
  }

  /** Of one shard: what it need not compute again. */
  async scoredIds(shard: TaskId): Promise<string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select candidate_id as id from candidate_scores where search_id = $1 and shard = $2`,
      [shard.searchId, shard.number],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Orders all that is scored so far: sets `candidate.score`, the least number there is where a proxy that ranks alone has failed.
   * @throws {LeaseLostError} the epoch is not the search's: nothing is written
   */
  rank(
    searchId: string,
    epoch: number,
    by: RankedInPlace,
    proxies: readonly RankedProxy[],
  ): Promise<void> {
    const ranked = `select candidate_id, ${scoreExpression(by, proxies)} as score
      from candidate_scores where search_id = $1`;
    return this.order(searchId, epoch, ranked, []);
  }

  /** What is scored so far, for rankings that are made elsewhere. */
  async scoreRows(
    searchId: string,
  ): Promise<{ readonly id: string; readonly scores: readonly (number | null)[] }[]> {
    return this.dataSource.query(
      `select candidate_id as id, scores from candidate_scores where search_id = $1 order by candidate_id`,
      [searchId],
    );
  }

  /**
   * Sets `candidate.score`.
   * @throws {LeaseLostError} the epoch is not the search's: nothing is written
   */
  setScores(
    searchId: string,
    epoch: number,
    ids: readonly string[],
    scores: ArrayLike<number>,
  ): Promise<void> {
    const ranked = `select * from unnest($2::text[], $3::float8[]) as it (candidate_id, score)`;
    return this.order(searchId, epoch, ranked, [ids, Array.from(scores)]);
  }

  private order(
    searchId: string,
    epoch: number,
    ranked: string,
    parameters: readonly unknown[],
  ): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await holdResults(manager, searchId, epoch);
      await manager.query(
        `update candidate c set score = ranked.score from (${ranked}) ranked
         where c.search_id = $1 and c.id = ranked.candidate_id and c.score is distinct from ranked.score`,
        [searchId, ...parameters],
      );
      await recount(manager, searchId);
    });
  }

  /** How many architectures each proxy failed on, by code. */
  async failures(
    searchId: string,
    proxies: readonly string[],
  ): Promise<Record<string, Record<string, number>>> {
    const rows = await this.dataSource.query<{ position: number; code: string; count: number }[]>(
      `select position::integer, code, count(*)::integer as count
       from candidate_scores, unnest(failures) with ordinality as it (code, position)
       where search_id = $1 and code is not null group by position, code order by position, code`,
      [searchId],
    );
    const failures: Record<string, Record<string, number>> = {};
    for (const { position, code, count } of rows) {
      const proxy = proxies[position - 1] as string;
      (failures[proxy] ??= {})[code] = count;
    }
    return failures;
  }

  /** Everything scored, by id, in pages of `limit` after `afterId`. */
  async scores(searchId: string, limit: number, afterId: string | null): Promise<StoredScores[]> {
    return this.dataSource.query<StoredScores[]>(
      `select id, encoding, macs, param_count as "paramCount", nullif(score, ${failedScore}) as score, scores, node_counts as "nodeCounts", nodes
       from candidate_scores join candidate on candidate.search_id = $1 and candidate.id = candidate_id
       where candidate_scores.search_id = $1 and ($3::char(32) is null or candidate_id > $3)
       order by candidate_id limit $2`,
      [searchId, limit, afterId],
    );
  }
}

async function insertShards(
  manager: EntityManager,
  searchId: string,
  shards: ScoringPlan['shards'],
): Promise<void> {
  for (let first = 0; first < shards.length; first += shardsPerStatement) {
    const some = shards.slice(first, first + shardsPerStatement);
    await manager.query(
      `insert into task (search_id, kind, number, payload)
       select $1, 'score', $2 + position, value
       from jsonb_array_elements($3::jsonb) with ordinality as shard (value, position)`,
      [searchId, first, JSON.stringify(some.map((encodings) => ({ encodings })))],
    );
  }
}

function rowOf(it: ScoredArchitecture, proxies: readonly string[]) {
  const nodes = proxies.map((name) => Buffer.from(it.nodes[name] ?? '', 'base64'));
  return {
    id: it.id,
    encoding: it.encoding,
    architecture: it.architecture,
    macs: it.macs,
    params: it.paramCount,
    scores: proxies.map((name) => it.scores[name]?.value ?? null),
    failures: proxies.map((name) => (it.scores[name] ? it.scores[name].failure : 'missing')),
    counts: nodes.map(({ byteLength }) => byteLength / Float64Array.BYTES_PER_ELEMENT),
    nodes: Buffer.concat(nodes).toString('base64'),
  };
}

/** A failure is less than every value. */
const goodness = ({ position, direction }: RankedProxy): string => {
  const sign = direction === 'maximize' ? '' : '-';
  return `coalesce(${sign}scores[${position + 1}], ${failedScore})`;
};

/** Ascending from 1; equal values share the mean of their places. */
const meanRank = (value: string): string =>
  `(rank() over (order by ${value}) + count(*) over () + 1 - rank() over (order by ${value} desc)) / 2.0`;

/** Rankings that SQL makes. */
type RankedInPlace = 'proxy' | 'mean-rank' | 'log-rank';

function scoreExpression(by: RankedInPlace, proxies: readonly RankedProxy[]): string {
  const values = proxies.map(goodness);
  switch (by) {
    case 'proxy':
      return values[0] as string;
    case 'mean-rank':
      return `((${values.map(meanRank).join(' + ')}) / ${values.length})::float8`;
    case 'log-rank':
      return values
        .map((value) => `ln((${meanRank(value)} / count(*) over ())::float8)`)
        .join(' + ');
  }
}
