/** @file The ranked lists of a zero-cost search, complete or so far. */
import { Inject, Injectable } from '@nestjs/common';
import { NotFoundError } from '@sextant/common';
import type { ScoredPage, ScoredView } from '@sextant/contracts';
import {
  PredictionRepository,
  TaskRepository,
  type PlaceCursor,
  type RankedArchitecture,
  type RankedBy,
} from '@sextant/persistence';
import { z } from 'zod';
import { pageOf, PageQuery } from '../http/pagination';
import { ZeroCostSearches } from './zero-cost-searches';

export const ScoresQuery = PageQuery.extend({
  rankBy: z
    .enum(['score', 'predicted'])
    .default('score')
    .describe('The search’s own ranking, or predicted accuracy'),
  predictor: z.coerce
    .number()
    .pipe(z.int().min(1))
    .optional()
    .describe('Whose predictions; default: the newest'),
});
export type ScoresQuery = z.infer<typeof ScoresQuery>;

const position = z.strictObject({ place: z.string(), macs: z.number(), id: z.string() });

@Injectable()
export class ScoresService {
  constructor(
    @Inject(ZeroCostSearches) private readonly searches: ZeroCostSearches,
    @Inject(PredictionRepository) private readonly predictions: PredictionRepository,
    @Inject(TaskRepository) private readonly tasks: TaskRepository,
  ) {}

  /** @throws {NotFoundError} it is to be ranked by a predictor that there is not */
  async list(searchId: string, { rankBy, predictor, ...page }: ScoresQuery): Promise<ScoredPage> {
    const { proxies } = (await this.searches.spec(searchId)).method.options;
    const number = await this.predictor(searchId, predictor);
    const by = rankedBy(rankBy, number, searchId);
    const { items, nextCursor } = await pageOf(page, {
      position,
      positionOf: ({ place, macs, id }: RankedArchitecture): PlaceCursor => ({ place, macs, id }),
      load: (limit, after) => this.predictions.ranked(searchId, by, number, limit, after),
    });
    return { items: items.map((it) => scoredView(searchId, proxies, it)), nextCursor };
  }

  private async predictor(searchId: string, asked: number | undefined): Promise<number | null> {
    if (asked === undefined) return this.predictions.newest(searchId);
    await this.tasks.get({ searchId, kind: 'predict', number: asked });
    return asked;
  }
}

function rankedBy(
  rankBy: ScoresQuery['rankBy'],
  number: number | null,
  searchId: string,
): RankedBy {
  if (rankBy === 'score') return { kind: 'score' };
  if (number !== null) return { kind: 'predictor', number };
  throw new NotFoundError(
    `search ${searchId} has no fitted predictor; fit one with POST /v1/searches/${searchId}/predictors`,
  );
}

function scoredView(
  searchId: string,
  proxies: readonly string[],
  it: RankedArchitecture,
): ScoredView {
  const { id, rank, architecture, encoding, macs, paramCount, score, scores, failures } = it;
  return {
    id,
    rank,
    architecture,
    encoding,
    macs,
    paramCount,
    score,
    proxies: Object.fromEntries(
      proxies.map((name, at) => [
        name,
        { value: scores[at] ?? null, failure: failures[at] ?? null },
      ]),
    ),
    predicted:
      it.predictor === null || it.value === null
        ? null
        : {
            value: it.value,
            lower: it.lower,
            upper: it.upper,
            predictor: it.predictor,
            evidence: 'predicted',
          },
    links: { self: `/v1/searches/${searchId}/candidates/${id}` },
  };
}
