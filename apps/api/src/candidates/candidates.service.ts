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
import {
  ArtifactStore,
  CandidateRepository,
  SearchRepository,
  type ListedCandidate,
} from '@sextant/persistence';
import { z } from 'zod';
import { pageOf, PageQuery } from '../http/pagination';
import { VersionedAnswers, type Answer } from '../http/versioned-answers';
import { requireOneList } from '../searches/require-one-list';
import { bestRequest, bestView } from './best.view';
import { candidateDetail, candidateView } from './candidate.view';
import { HeldBest } from './held-best';
import { ResultsMemory } from './results-memory';

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

/** Characters of all pages kept. */
const keptCharacters = 32 * 2 ** 20;

type Row = ListedCandidate & { readonly sort: Sort };

@Injectable()
export class CandidatesService {
  private readonly pages = new VersionedAnswers(keptCharacters);

  constructor(
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(ArtifactStore) private readonly artifacts: ArtifactStore,
    @Inject(ResultsMemory) private readonly memory: ResultsMemory,
    @Inject(HeldBest) private readonly held: HeldBest,
  ) {}

  /** @throws {NotFoundError} there is no such search */
  async list(searchId: string, query: CandidateQuery): Promise<Answer> {
    const version = await this.candidates.resultsVersion(searchId);
    const name = JSON.stringify([searchId, query.sort, query.limit, query.cursor]);
    // what is stored after the look at the version may be in the page: nobody is given it at a later one
    return this.pages.of(name, version, () => this.page(searchId, query));
  }

  private async page(searchId: string, { sort, ...page }: CandidateQuery): Promise<CandidatePage> {
    const { items, nextCursor } = await pageOf(page, {
      position: sort === undefined ? Position : Position.extend({ sort: z.literal(sort) }),
      positionOf: (row: Row) => ({ sort: row.sort, k1: row.k1, k2: row.k2, id: row.candidate.id }),
      load: (limit, after) => this.load(searchId, limit, after, sort),
    });
    if (items.length === 0) await requireOneList(this.searches, searchId);
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
    const request = bestRequest(query);
    const held = await this.held.answer(searchId, request);
    if (held) return bestView(query, held);
    const best = await this.candidates.best(searchId, request);
    this.memory.note(searchId, best.resultsVersion);
    if (best.evaluatedCount === 0) await requireOneList(this.searches, searchId);
    return bestView(query, best);
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
