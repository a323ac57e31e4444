/** @file Answers from the candidates of a search: what may be better is measured first, a few at a time. */
import { Inject, Injectable } from '@nestjs/common';
import { ConflictError } from '@sextant/common';
import type { CreateHardwareQuery, QueryAnswer } from '@sextant/contracts';
import {
  CandidateRepository,
  HardwareQueryRepository,
  MeasurementTaskRepository,
  type BestAnswer,
  type OpenCandidate,
  type StoredHardwareQuery,
} from '@sextant/persistence';
import { searchAnswer } from './search-answer.view';
import { bestRequestOf, unmeasuredOf } from './search-question';

/** So often a query asks for measurements, `finalists` at a time; then it answers from what is measured. */
const mostRounds = 5;

interface Known {
  readonly best: BestAnswer;
  /** Before the best, and of no measured latency. */
  readonly open: readonly OpenCandidate[];
}

@Injectable()
export class SearchAnswers {
  constructor(
    @Inject(CandidateRepository) private readonly candidates: CandidateRepository,
    @Inject(MeasurementTaskRepository) private readonly tasks: MeasurementTaskRepository,
    @Inject(HardwareQueryRepository) private readonly queries: HardwareQueryRepository,
  ) {}

  /** @throws {NotFoundError} there is no such search */
  async require(profileId: string, searchId: string, query: CreateHardwareQuery): Promise<void> {
    await this.candidates.best(searchId, bestRequestOf(profileId, query));
  }

  /** The query with its answer, or with the request that it waits for. */
  async advance(stored: StoredHardwareQuery, searchId: string): Promise<StoredHardwareQuery> {
    const { profileId, id, rounds } = stored;
    const known = await this.look(stored, searchId);
    const isOpen = known.open.length > 0;
    if (isOpen && (await this.isWaiting(stored))) return stored;
    if (!isOpen || rounds >= mostRounds) {
      return this.queries.answer(profileId, id, await this.answer(stored, searchId, known));
    }
    const requestId = await this.measure(profileId, searchId, known.open);
    return requestId === null ? stored : this.queries.wait(stored, requestId);
  }

  private async look(
    { profileId, query, createdAt }: StoredHardwareQuery,
    searchId: string,
  ): Promise<Known> {
    const best = await this.candidates.best(searchId, bestRequestOf(profileId, query));
    const before = best.feasible ? best.candidate.id : null;
    const unmeasured = unmeasuredOf(profileId, query, before, createdAt);
    const open = unmeasured ? await this.candidates.unmeasured(searchId, unmeasured) : [];
    return { best, open };
  }

  private async isWaiting({
    profileId,
    measurementRequestId,
  }: StoredHardwareQuery): Promise<boolean> {
    if (measurementRequestId === null) return false;
    const { tasks } = await this.tasks.get(profileId, measurementRequestId);
    return tasks.some(({ state }) => state === 'waiting' || state === 'leased');
  }

  /** @returns the request to wait for; null where somebody else's came in between: the next look finds it */
  private async measure(
    profileId: string,
    searchId: string,
    open: readonly OpenCandidate[],
  ): Promise<string | null> {
    const candidateIds = open.flatMap(({ id, requestId }) => (requestId === null ? [id] : []));
    if (candidateIds.length === 0) return open[0]?.requestId ?? null;
    try {
      const what = { searchId, candidateIds, again: false };
      return (await this.tasks.request(profileId, what)).request.id;
    } catch (error) {
      if (error instanceof ConflictError) return null;
      throw error;
    }
  }

  private async answer(
    { profileId, query }: StoredHardwareQuery,
    searchId: string,
    { best, open }: Known,
  ): Promise<QueryAnswer> {
    const request = bestRequestOf(profileId, query);
    const finalists = best.feasible
      ? await this.candidates.fitting(searchId, request, query.finalists)
      : [];
    return searchAnswer(profileId, query, best, finalists, open.length > 0);
  }
}
