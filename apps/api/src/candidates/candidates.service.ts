/** @file Reads of what a search found. A search that does not exist is told from one that found nothing. */
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import type { BestQuery, BestView, CandidateDetail, CandidatePage } from '@sextant/contracts';
import {
  ArtifactStore,
  CandidateRepository,
  SearchRepository,
  type StoredCandidate,
} from '@sextant/persistence';
import { z } from 'zod';
import { pageOf, type PageQuery } from '../http/pagination';
import { bestView } from './best.view';
import { candidateDetail, candidateView } from './candidate.view';

const position = z.strictObject({ accuracy: z.number(), macs: z.number(), id: z.string() });

@Injectable()
export class CandidatesService {
  constructor(
    @Inject(SearchRepository) private readonly searches: SearchRepository,
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
    @Inject(ArtifactStore) private readonly artifacts: ArtifactStore,
  ) {}

  async list(searchId: string, page: PageQuery): Promise<CandidatePage> {
    await this.searches.get(searchId);
    const { items, nextCursor } = await pageOf(page, {
      position,
      positionOf: ({ accuracy, macs, id }: StoredCandidate) => ({
        accuracy: accuracy ?? 0,
        macs,
        id,
      }),
      load: (limit, after) => this.candidates.list(searchId, limit, after),
    });
    return { items: items.map(candidateView), nextCursor };
  }

  async best(searchId: string, limits: BestQuery): Promise<BestView> {
    await this.searches.get(searchId);
    return bestView(limits, await this.candidates.best(searchId, limits));
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
