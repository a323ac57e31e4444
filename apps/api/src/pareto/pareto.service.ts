/** @file Fronts as JSON: written once for each version of a front, then sent as they are. */
import { Inject, Injectable } from '@nestjs/common';
import type { ParetoQuery, SortKey } from '@sextant/contracts';
import { FrontRepository, SearchRepository, type FrontKey } from '@sextant/persistence';
import { VersionedAnswers, type Answer } from '../http/versioned-answers';
import { requireOneList } from '../searches/require-one-list';
import { paretoView } from './pareto.view';

/** Characters of all answers kept. */
const keptCharacters = 32 * 2 ** 20;

@Injectable()
export class ParetoService {
  /** By search, objectives and evidence. */
  private readonly answers = new VersionedAnswers(keptCharacters);

  constructor(
    @Inject(FrontRepository) private readonly fronts: FrontRepository,
    @Inject(SearchRepository) private readonly searches: SearchRepository,
  ) {}

  /** @throws {NotFoundError} there is no such search */
  async front(searchId: string, query: ParetoQuery): Promise<Answer> {
    const key: FrontKey = { ...query, objectives: query.objectives as SortKey[] };
    const version = await this.fronts.version(searchId, key);
    const name = [searchId, query.evidence, ...key.objectives].join(' ');
    return this.answers.of(name, version, async () => {
      const front = await this.fronts.get(searchId, key);
      if (front.points.length === 0) await requireOneList(this.searches, searchId);
      return paretoView(query, front);
    });
  }
}
