/** @file Predicted accuracies, one for each predictor and architecture, and the ranked lists of a zero-cost search. */
import type { Architecture, Prediction, TaskId } from '@sextant/contracts';
import type { DataSource } from 'typeorm';
import { failedScore } from './scoring.repository';
import { holdTaskFence } from './task.repository';

/** Scores are in the order of the search's proxies. */
export interface RankedArchitecture {
  readonly id: string;
  readonly rank: number;
  readonly architecture: Architecture;
  readonly encoding: number[];
  readonly macs: number;
  readonly paramCount: number;
  readonly score: number | null;
  readonly scores: readonly (number | null)[];
  readonly failures: readonly (string | null)[];
  readonly predictor: number | null;
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  /** Where it stands in its list; text, since a place may be infinite. */
  readonly place: string;
}

/** Position after an architecture of a ranked list. */
export interface PlaceCursor {
  readonly place: string;
  readonly macs: number;
  readonly id: string;
}

/** By the search's own ranking, or by the values of one predictor. */
export type RankedBy = { readonly kind: 'score' } | { readonly kind: 'predictor'; number: number };

export class PredictionRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * What is there already stays as it is: the same fit predicts the same.
   * @throws {LeaseLostError} the epoch is not the task's: nothing is written
   */
  record(task: TaskId, epoch: number, predictions: readonly Prediction[]): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      await holdTaskFence(manager, task, epoch);
      await manager.query(
        `insert into prediction (search_id, predictor, candidate_id, value, lower, upper, held_out)
         select $1, $2, * from unnest($3::text[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
         on conflict do nothing`,
        [
          task.searchId,
          task.number,
          predictions.map(({ id }) => id),
          predictions.map(({ value }) => value),
          predictions.map(({ lower }) => lower),
          predictions.map(({ upper }) => upper),
          predictions.map(({ heldOut }) => heldOut),
        ],
      );
    });
  }

  /** Of one predictor, by candidate. */
  of(searchId: string, predictor: number): Promise<Prediction[]> {
    return this.dataSource.query<Prediction[]>(
      `select candidate_id as id, value, lower, upper, held_out as "heldOut" from prediction
       where search_id = $1 and predictor = $2 order by candidate_id`,
      [searchId, predictor],
    );
  }

  /** The newest predictor that has succeeded; null where none has. */
  async newest(searchId: string): Promise<number | null> {
    const [row] = await this.dataSource.query<{ number: number | null }[]>(
      `select max(number) as number from task where search_id = $1 and kind = 'predict' and state = 'succeeded'`,
      [searchId],
    );
    return row?.number ?? null;
  }

  /** One page, best first; stable while architectures are added. `predictor` says whose values stand beside. */
  ranked(
    searchId: string,
    by: RankedBy,
    predictor: number | null,
    limit: number,
    after: PlaceCursor | null,
  ): Promise<RankedArchitecture[]> {
    const source = by.kind === 'score' ? ofSearch : ofPredictor;
    const own = by.kind === 'score' ? predictor : by.number;
    return this.dataSource.query<RankedArchitecture[]>(
      `with listed as (${source}),
       page as materialized (
         select * from listed where $4::text is null or (place, macs, id) > ($4::float8, $5::float8, $6::char(32))
         order by place, macs, id limit $2),
       first as materialized (select place, macs, id from page order by place, macs, id limit 1)
       select page.id, c.architecture, c.encoding, c.macs, c.param_count as "paramCount",
         nullif(c.score, ${failedScore}) as score, s.scores, s.failures, page.place::text as place,
         p.predictor, p.value, p.lower, p.upper,
         ((select count(*) from listed, first
           where (listed.place, listed.macs, listed.id) < (first.place, first.macs, first.id))
          + row_number() over (order by page.place, page.macs, page.id))::integer as rank
       from page
       join candidate c on c.search_id = $1 and c.id = page.id
       join candidate_scores s on s.search_id = $1 and s.candidate_id = page.id
       left join prediction p on p.search_id = $1 and p.predictor = $3 and p.candidate_id = page.id
       order by page.place, page.macs, page.id`,
      [searchId, limit, own, after?.place ?? null, after?.macs ?? null, after?.id ?? null],
    );
  }
}

const ofSearch = `select score_loss as place, macs, id from candidate
  where search_id = $1 and score_loss is not null`;
const ofPredictor = `select -value as place, macs, id from prediction
  join candidate on candidate.search_id = $1 and candidate.id = candidate_id
  where prediction.search_id = $1 and predictor = $3`;
