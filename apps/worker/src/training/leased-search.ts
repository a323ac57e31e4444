/** @file Everything a worker may write about the search it leased, each write fenced by the lease's epoch (R3). */
import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseLostError, NasError } from '@sextant/common';
import type {
  CandidateCost,
  CreateSearch,
  EvaluatedCandidate,
  SceneTaskName,
  Progress,
  SearchError,
  SearchState,
  Summary,
} from '@sextant/contracts';
import type {
  BenchmarkRepository,
  CandidateRepository,
  CheckpointRepository,
  HardwareProfileRepository,
  ProfileVersions,
  SearchRepository,
} from '@sextant/persistence';
import { taskListId } from '@sextant/persistence';
import type { CheckpointFile } from './checkpoint-file';
import { currentVersions, profilesOf, ProfileTables } from './profile-tables';

export interface Repositories {
  readonly searches: SearchRepository;
  readonly candidates: CandidateRepository;
  readonly checkpoints: CheckpointRepository;
  readonly benchmarks: BenchmarkRepository;
  readonly hardwareProfiles: HardwareProfileRepository;
}

/** How a run ended. One that `crashed` may be tried again, one that was `released` shall be. */
export type RunOutcome =
  | { readonly kind: 'succeeded'; readonly summary: Summary }
  | { readonly kind: 'failed' | 'crashed'; readonly error: SearchError }
  | { readonly kind: 'cancelled' | 'paused' | 'released' };

const retryMs = 250;

export class LeasedSearch {
  private tables: ProfileTables | null = null;

  constructor(
    readonly id: string,
    readonly epoch: number,
    private readonly leaseSeconds: number,
    private readonly repositories: Repositories,
  ) {}

  get leaseMs(): number {
    return 1000 * this.leaseSeconds;
  }

  /** Keeps the lease and answers what the user wants of the search. */
  renew(): Promise<SearchState> {
    return this.repositories.searches.renew(this.id, this.epoch, this.leaseSeconds);
  }

  start(): Promise<void> {
    return this.repositories.searches.start(this.id, this.epoch);
  }

  saveProgress(progress: Progress): Promise<void> {
    return this.repositories.searches.saveProgress(this.id, this.epoch, progress);
  }

  /** With the costs that the tables of its devices have of them; those of one task go to its list. */
  addCandidates(candidates: readonly EvaluatedCandidate[], task?: SceneTaskName): Promise<void> {
    const { candidates: repository } = this.repositories;
    return this.persist(async () => {
      const list = task === undefined ? this.id : taskListId(this.id, task);
      await repository.record(list, this.epoch, candidates);
      await this.tables?.record(this.id, this.epoch);
    });
  }

  /**
   * The versions of hardware profiles that this search reads, on its first run and every one after it.
   * @throws {NotFoundError} there is no such profile
   */
  async pinProfiles(spec: CreateSearch): Promise<ProfileVersions> {
    const { searches, hardwareProfiles } = this.repositories;
    const ids = profilesOf(spec);
    if (ids.length === 0) return {};
    const before = (await searches.get(this.id)).profileVersions;
    const now = before ?? (await currentVersions(hardwareProfiles, ids));
    const pinned = await searches.pinProfiles(this.id, this.epoch, now);
    this.tables = await ProfileTables.of(this.repositories, spec, pinned);
    return pinned;
  }

  addCosts(costs: readonly CandidateCost[]): Promise<void> {
    const { candidates: repository } = this.repositories;
    return this.persist(() => repository.recordCosts(this.id, this.epoch, costs));
  }

  addCheckpoint({ step, file, sha256, bytes }: CheckpointFile): Promise<void> {
    const { checkpoints } = this.repositories;
    const checkpoint = { step, file, sha256, bytes };
    return this.persist(() => checkpoints.add(this.id, this.epoch, checkpoint));
  }

  /**
   * The last write of a lease. A user who cancels before it gets what was asked for: `cancelled`.
   * @throws {LeaseLostError} the search is another worker's by now: whatever it did is settled there
   */
  settle(outcome: RunOutcome): Promise<void> {
    return this.persist(() =>
      this.settleOnce(outcome).catch((error: unknown) => {
        if (!(error instanceof LeaseLostError)) throw error;
        return this.settleOnce(outcome); // a cancel between its two statements looks like a lost lease
      }),
    );
  }

  private async settleOnce(outcome: RunOutcome): Promise<void> {
    const { searches } = this.repositories;
    const state = await this.renew();
    if (state === 'cancelling') {
      return searches.finish(this.id, this.epoch, { state: 'cancelled' });
    }
    switch (outcome.kind) {
      case 'succeeded':
        return searches.finish(this.id, this.epoch, {
          state: 'succeeded',
          summary: outcome.summary,
        });
      case 'failed':
        return searches.finish(this.id, this.epoch, { state: 'failed', error: outcome.error });
      case 'paused':
      case 'cancelled':
        return searches.finish(this.id, this.epoch, { state: outcome.kind });
      case 'crashed':
        await searches.crash(this.id, this.epoch, outcome.error);
        return;
      case 'released':
        return searches.release(this.id, this.epoch);
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
