/** @file Reads of what a search found. A search that does not exist is told from one that found nothing. */
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import {
  CandidateId,
  SortKey,
  type BestQuery,
  type BestView,
  type CandidateDetail,
  type CandidatePage,
  type SortKey as Sort,
} from '@sextant/contracts';
import { ArtifactStore, CandidateRepository, type ListedCandidate } from '@sextant/persistence';
import { z } from 'zod';
import { pageOf, PageQuery } from '../http/pagination';
import { bestRequest, bestView } from './best.view';
import { candidateDetail, candidateView } from './candidate.view';

/** A place in the list, which also says in what order the list is. */
const Position = z.strictObject({
  sort: SortKey,
  k1: z.number(),
  k2: z.number(),
  id: CandidateId,
});

export const CandidateQuery = PageQuery.extend({
  sort: SortKey.optional().describe(
    'Default: accuracy; predictedAccuracy where nothing has been evaluated, and score where nothing is predicted either; with a cursor, as the page before',
  ),
});
export type CandidateQuery = z.infer<typeof CandidateQuery>;

/** The first that there are any of. */
const byDefault: readonly Sort[] = ['accuracy', 'predictedAccuracy', 'score'];

type Row = ListedCandidate & { readonly sort: Sort };

@Injectable()
export class CandidatesService {
  constructor(
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
    @Inject(ArtifactStore) private readonly artifacts: ArtifactStore,
  ) {}

  async list(searchId: string, { sort, ...page }: CandidateQuery): Promise<CandidatePage> {
    const { items, nextCursor } = await pageOf(page, {
      position: sort === undefined ? Position : Position.extend({ sort: z.literal(sort) }),
      positionOf: (row: Row) => ({ sort: row.sort, k1: row.k1, k2: row.k2, id: row.candidate.id }),
      load: (limit, after) => this.load(searchId, limit, after, sort),
    });
    return { items: items.map(({ candidate }) => candidateView(candidate)), nextCursor };
  }

  private async load(
    searchId: string,
    limit: number,
    after: z.infer<typeof Position> | null,
    asked: CandidateQuery['sort'],
  ): Promise<Row[]> {
    const wanted = after?.sort ?? asked;
    for (const sort of (wanted === undefined ? byDefault : [wanted]) as readonly Sort[]) {
      const rows = await this.candidates.list(searchId, { sort, limit, after });
      if (rows.length > 0) return rows.map((row) => ({ ...row, sort }));
    }
    return [];
  }

  async best(searchId: string, query: BestQuery): Promise<BestView> {
    return bestView(query, await this.candidates.best(searchId, bestRequest(query)));
  }

  async get(searchId: string, id: string): Promise<CandidateDetail> {
    return candidateDetail(await this.candidates.get(searchId, id));
  }

  /** SHA-256 (hex) of the model. @throws {NotFoundError} no such candidate, or it has no model */
  async modelSha256(searchId: string, id: string): Promise<string> {
    const { modelSha256 } = await this.candidates.get(searchId, id);
    if (modelSha256 === null) throw new NotFoundError(`candidate ${id} has no stored model`);
    return modelSha256;
  }

  modelBytes(sha256: string): Promise<Uint8Array> {
    return this.artifacts.get(sha256);
  }
}
