/** @file Queries to hardware profiles: stored, answered at once where everything is measured, and the same on repeating. */
import { Inject, Injectable } from '@nestjs/common';
import { ValidationError } from '@sextant/common';
import type { CreateHardwareQuery, HardwareQueryView, QueryAnswer } from '@sextant/contracts';
import {
  BenchmarkRepository,
  currentVersion,
  HardwareProfileRepository,
  HardwareQueryRepository,
} from '@sextant/persistence';
import { fingerprint } from '../searches/idempotency-key';
import { hardwareQueryView } from './hardware-query.view';
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
    @Inject(BenchmarkRepository) benchmarks: BenchmarkRepository,
  ) {
    this.tables = new TableCache(benchmarks, hardwareProfiles);
  }

  /**
   * @throws {ValidationError} what is asked about does not exist, or has no such numbers
   * @throws {IdempotencyMismatchError} the key belongs to another question
   */
  async ask(profileId: string, query: CreateHardwareQuery, key?: string): Promise<Asked> {
    const profile = await this.hardwareProfiles.get(profileId);
    const answer = await this.answer(profileId, query);
    const { version } = currentVersion(profile);
    const { stored, replayed } = await this.queries.create(
      profileId,
      version,
      query,
      fingerprint({ profileId, query }),
      key ?? null,
    );
    const settled = stored.answer
      ? stored
      : await this.queries.answer(profileId, stored.id, answer);
    return { query: hardwareQueryView(settled), replayed };
  }

  async get(profileId: string, id: string): Promise<HardwareQueryView> {
    return hardwareQueryView(await this.queries.get(profileId, id));
  }

  private async answer(profileId: string, query: CreateHardwareQuery): Promise<QueryAnswer> {
    if (query.benchmark !== undefined) {
      return answerFromTable(this.tables, profileId, query.benchmark, query);
    }
    const message = 'this version answers from benchmarks';
    throw new ValidationError(message, [{ pointer: '/searchId', message }]);
  }
}
