/** @file Queries to hardware profiles: stored, answered at once where everything is measured, else once it is. */
import { Inject, Injectable } from '@nestjs/common';
import type { CreateHardwareQuery, HardwareQueryView, QueryAnswer } from '@sextant/contracts';
import {
  BenchmarkRepository,
  currentVersion,
  HardwareProfileRepository,
  HardwareQueryRepository,
  type StoredHardwareQuery,
} from '@sextant/persistence';
import { ProfileCostsService } from '../hardware-profiles/profile-costs.service';
import { fingerprint } from '../searches/idempotency-key';
import { hardwareQueryView } from './hardware-query.view';
import { SearchAnswers } from './search-answers';
import { answerFromTable } from './table-answers';
import { TableCache } from './table-cache';

export interface Asked {
  readonly query: HardwareQueryView;
  /** An earlier request with the same key asked it. */
  readonly replayed: boolean;
}

@Injectable()
export class HardwareQueriesService {
  private readonly tables: TableCache;

  constructor(
    @Inject(HardwareQueryRepository) private readonly queries: HardwareQueryRepository,
    @Inject(HardwareProfileRepository)
    private readonly hardwareProfiles: HardwareProfileRepository,
    @Inject(SearchAnswers) private readonly searches: SearchAnswers,
    @Inject(ProfileCostsService) private readonly costs: ProfileCostsService,
    @Inject(BenchmarkRepository) benchmarks: BenchmarkRepository,
  ) {
    this.tables = new TableCache(benchmarks, hardwareProfiles);
  }

  /**
   * @throws {ValidationError} what is asked about does not exist, or has no such numbers
   * @throws {NotFoundError} there is no such profile or search
   * @throws {IdempotencyMismatchError} the key belongs to another question
   */
  async ask(profileId: string, query: CreateHardwareQuery, key?: string): Promise<Asked> {
    const { version } = currentVersion(await this.hardwareProfiles.get(profileId));
    const answer = await this.answerAtOnce(profileId, query);
    const { stored, replayed } = await this.queries.create(
      profileId,
      version,
      query,
      fingerprint({ profileId, query }),
      key ?? null,
    );
    const settled =
      answer && !stored.answer
        ? await this.queries.answer(profileId, stored.id, answer)
        : await this.advance(stored);
    return { query: hardwareQueryView(settled), replayed };
  }

  async get(profileId: string, id: string): Promise<HardwareQueryView> {
    return hardwareQueryView(await this.advance(await this.queries.get(profileId, id)));
  }

  /** Of a benchmark, whose numbers never change; null where it is a search that is asked about. */
  private async answerAtOnce(
    profileId: string,
    query: CreateHardwareQuery,
  ): Promise<QueryAnswer | null> {
    const { benchmark, searchId } = query;
    if (benchmark !== undefined) {
      return answerFromTable(this.tables, profileId, benchmark, query);
    }
    if (searchId !== undefined) {
      await this.searches.require(profileId, searchId, query);
      await this.costs.record(profileId, { searchId });
    }
    return null;
  }

  private async advance(stored: StoredHardwareQuery): Promise<StoredHardwareQuery> {
    const { answer, query } = stored;
    if (answer !== null || query.searchId === undefined) return stored;
    return this.searches.advance(stored, query.searchId);
  }
}
