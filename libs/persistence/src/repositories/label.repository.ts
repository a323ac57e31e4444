/** @file A user's labels: one accuracy for each architecture and split, however often it is sent. */
import type { LabelSplit, LabelView } from '@sextant/contracts';
import type { DataSource } from 'typeorm';

export interface StoredLabel {
  /** 32 hexadecimal digits of the architecture as it was named; several may be one network. */
  readonly key: string;
  /** Its canonical hash. */
  readonly candidateId: string;
  readonly architecture: string;
  readonly accuracy: number;
}

export interface LabelChange {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** Labels of one network: the mean where several names of it have one. */
export interface CandidateLabel {
  readonly id: string;
  readonly accuracy: number;
}

/** Position after a label of the list. */
export interface LabelCursor {
  readonly split: string;
  readonly key: string;
}

const perStatement = 5000;

export class LabelRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Stores all of them or none; an architecture that has a label gets the new accuracy. Keys are distinct. */
  put(searchId: string, split: LabelSplit, labels: readonly StoredLabel[]): Promise<LabelChange> {
    return this.dataSource.transaction(async (manager) => {
      // one import of a search at a time: two that meet in another order would deadlock
      await manager.query(`select pg_advisory_xact_lock(hashtextextended('label ' || $1, 0))`, [
        searchId,
      ]);
      let [added, updated] = [0, 0];
      for (let first = 0; first < labels.length; first += perStatement) {
        const some = labels.slice(first, first + perStatement);
        const rows = await manager.query<{ is_new: boolean }[]>(
          `insert into label (search_id, split, key, candidate_id, architecture, accuracy)
           select $1, $2, * from unnest($3::text[], $4::text[], $5::text[], $6::float8[])
           on conflict (search_id, split, key) do update set accuracy = excluded.accuracy
             where label.accuracy <> excluded.accuracy
           returning xmax = 0 as is_new`,
          [
            searchId,
            split,
            some.map(({ key }) => key),
            some.map(({ candidateId }) => candidateId),
            some.map(({ architecture }) => architecture),
            some.map(({ accuracy }) => accuracy),
          ],
        );
        added += rows.filter((row) => row.is_new).length;
        updated += rows.filter((row) => !row.is_new).length;
      }
      return { added, updated, unchanged: labels.length - added - updated };
    });
  }

  async counts(searchId: string): Promise<Readonly<Record<LabelSplit, number>>> {
    const [row] = await this.dataSource.query<Record<LabelSplit, number>[]>(
      `select count(*) filter (where split = 'train')::integer as train,
         count(*) filter (where split = 'test')::integer as test from label where search_id = $1`,
      [searchId],
    );
    return row ?? { train: 0, test: 0 };
  }

  /** By split and key. */
  list(
    searchId: string,
    limit: number,
    after: LabelCursor | null,
  ): Promise<(LabelView & LabelCursor)[]> {
    return this.dataSource.query<(LabelView & LabelCursor)[]>(
      `select label.candidate_id as candidate, label.architecture, split, key, accuracy,
         scores.candidate_id is not null as scored
       from label left join candidate_scores scores
         on scores.search_id = label.search_id and scores.candidate_id = label.candidate_id
       where label.search_id = $1 and ($3::text is null or (split, key) > ($3, $4::char(32)))
       order by split, key limit $2`,
      [searchId, limit, after?.split ?? null, after?.key ?? null],
    );
  }

  /** Of networks that the search has scored, by id. */
  scored(searchId: string, split: LabelSplit): Promise<CandidateLabel[]> {
    return this.dataSource.query<CandidateLabel[]>(
      `select candidate_id as id, avg(accuracy order by key) as accuracy
       from label join candidate_scores using (search_id, candidate_id)
       where search_id = $1 and split = $2 group by candidate_id order by candidate_id`,
      [searchId, split],
    );
  }

  /** Which of these ids are candidates of the search. */
  async known(searchId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select id from candidate where search_id = $1 and id = any($2::char(32)[])`,
      [searchId, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }
}
