/** @file Everything a worker may write about the task it leased, each write fenced by the lease's epoch (R3). */
import { setTimeout as sleep } from 'node:timers/promises';
import { NasError } from '@sextant/common';
import { defaultReport } from '@sextant/contracts';
import type {
  Prediction,
  ScoredArchitecture,
  SearchError,
  SearchState,
  TaskId,
} from '@sextant/contracts';
import type {
  CandidateRepository,
  PredictionRepository,
  ScoringRepository,
  TaskLease,
  TaskRepository,
} from '@sextant/persistence';

export interface TaskRepositories {
  readonly tasks: TaskRepository;
  readonly candidates: CandidateRepository;
  readonly scoring: ScoringRepository;
  readonly predictions: PredictionRepository;
}

/** How a run ended. One that `crashed` may be tried again, one that was `released` shall be. */
export type TaskEnd =
  | { readonly kind: 'succeeded'; readonly result: unknown }
  | { readonly kind: 'failed' | 'crashed'; readonly error: SearchError }
  | { readonly kind: 'cancelled' | 'released' };

const retryMs = 250;

export class LeasedTask {
  readonly id: TaskId;
  private readonly epoch: number;

  constructor(
    lease: TaskLease,
    private readonly leaseSeconds: number,
    private readonly repositories: TaskRepositories,
    /** Of the search, in its order. */
    private readonly proxies: readonly string[],
  ) {
    this.id = lease.id;
    this.epoch = lease.epoch;
  }

  get leaseMs(): number {
    return 1000 * this.leaseSeconds;
  }

  /** Keeps the lease and answers what the search is up to. */
  renew(): Promise<SearchState> {
    return this.repositories.tasks.renew(this.id, this.epoch, this.leaseSeconds);
  }

  addScores(architectures: readonly ScoredArchitecture[]): Promise<void> {
    const { scoring } = this.repositories;
    return this.persist(() => scoring.record(this.id, this.epoch, this.proxies, architectures));
  }

  addPredictions(predictions: readonly Prediction[]): Promise<void> {
    return this.persist(() =>
      this.repositories.predictions.record(this.id, this.epoch, predictions),
    );
  }

  /**
   * The last write of a lease.
   * @throws {LeaseLostError} the task is another worker's by now
   */
  settle(end: TaskEnd): Promise<void> {
    return this.persist(() => this.settleOnce(end));
  }

  /** The values of the newest predictor are the candidates' predicted accuracies, which limits and fronts read. */
  private async publish(): Promise<void> {
    const { candidates, predictions } = this.repositories;
    const { searchId, number } = this.id;
    if (((await predictions.newest(searchId)) ?? 0) > number) return;
    const rows = await predictions.of(searchId, number);
    await candidates.recordCosts(
      searchId,
      null,
      rows.map(({ id, value, lower, upper }) => ({
        candidateId: id,
        cost: 'predictedAccuracy' as const,
        value,
        lower: lower ?? value,
        upper: upper ?? value,
        evidence: 'predicted' as const,
        n: 0,
        conditions: { predictor: number, interval: lower === null ? 'none' : 'conformal' },
      })),
    );
  }

  private async settleOnce(end: TaskEnd): Promise<void> {
    const { tasks } = this.repositories;
    switch (end.kind) {
      case 'succeeded':
        if (this.id.kind === 'predict') await this.publish();
        return tasks.finish(
          this.id,
          this.epoch,
          { state: 'succeeded', result: end.result },
          this.id.kind === 'predict' ? { kind: 'report', payload: defaultReport } : null,
        );
      case 'failed':
        return tasks.finish(this.id, this.epoch, { state: 'failed', error: end.error });
      case 'cancelled':
        return tasks.finish(this.id, this.epoch, { state: 'cancelled' });
      case 'crashed':
        return tasks.crash(this.id, this.epoch, end.error);
      case 'released':
        return tasks.release(this.id, this.epoch);
    }
  }

  /** Tries for as long as the lease lasts: an outage shorter than that loses nothing. */
  private async persist(write: () => Promise<unknown>): Promise<void> {
    const until = performance.now() + this.leaseMs;
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (error instanceof NasError || performance.now() > until) throw error;
        await sleep(retryMs);
      }
    }
  }
}
