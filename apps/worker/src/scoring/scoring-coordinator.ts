/**
 * @file One lease of a zero-cost search: plans shards, follows those who score them, ranks, settles. It never scores.
 * PostgreSQL alone says how far the shards are, so whoever leases the search next goes on from there.
 */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { LeaseLostError } from '@sextant/common';
import {
  rankedProxies,
  type Progress,
  type RankedProxy,
  type Ranking,
  type SearchBy,
  type SearchError,
  type StopReason,
  type TaskState,
  type ZeroCostSummary,
} from '@sextant/contracts';
import { countOfVotes, directionOf, planScoring, type CostSources } from '@sextant/evaluation';
import type {
  PlanCounts,
  ScoringRepository,
  SearchRepository,
  TaskRepository,
} from '@sextant/persistence';
import type { Logger } from 'pino';
import type { LeasedSearch, RunOutcome } from '../training/leased-search';

export interface CoordinatorPorts {
  readonly searches: SearchRepository;
  readonly tasks: TaskRepository;
  readonly scoring: ScoringRepository;
  /** What limits are on. */
  readonly costs: CostSources;
  /** Puts what waits on the queue now, not at the next poll. */
  dispatch(): Promise<unknown>;
}

/** Between two renewals, each of which also tells whether the user wants the search to stop. */
const beatMs = 300;
const lookMs = 1000;
/** A ranking of what is there so far may take this share of the time. */
const rankingShare = 0.05;
/** A cancelled search waits so long for its shards to let go. */
const letGoMs = 1500;

type Counts = Readonly<Record<TaskState, number>>;

export class ScoringCoordinator {
  private stopping: StopReason | undefined;
  private scored = 0;
  private rankedAt = { scored: 0, endedMs: 0, tookMs: 0 };
  private readonly startedMs = performance.now();
  private startedWith = 0;
  private renewedMs = performance.now();

  constructor(
    private readonly search: LeasedSearch,
    private readonly spec: SearchBy<'zero-cost'>,
    private readonly ports: CoordinatorPorts,
    private readonly log: Logger,
  ) {}

  stop(reason: StopReason): void {
    this.stopping ??= reason;
  }

  /** Until every shard has ended or the search is to stop; null where the lease was lost. */
  async run(): Promise<RunOutcome | null> {
    try {
      const plan = await this.plan();
      await this.ports.tasks.requeueShards(this.search.id);
      await this.ports
        .dispatch()
        .catch((err: unknown) => this.log.warn({ err }, 'left to the relay'));
      this.startedWith = await this.ports.scoring.scoredCount(this.search.id);
      return await this.follow(plan);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      this.log.warn({ err: error }, 'the search belongs to another worker now');
      return null;
    }
  }

  private async plan(): Promise<PlanCounts> {
    const { scoring } = this.ports;
    const known = await scoring.plan(this.search.id);
    if (known) return known;
    const plan = await planScoring(this.spec, this.ports.costs, () => setImmediate());
    await scoring.storePlan(this.search.id, this.search.epoch, plan);
    return { requested: plan.requested, distinct: plan.distinct, shards: plan.shards.length };
  }

  private async follow(plan: PlanCounts): Promise<RunOutcome> {
    for (let lookedMs = -Infinity; ; await sleep(beatMs)) {
      const outcome = await this.beat(async () => {
        if (performance.now() - lookedMs < lookMs) return null;
        lookedMs = performance.now();
        return this.look(plan);
      });
      if (outcome) return outcome;
    }
  }

  /** A database that is away for less than the lease is no reason to stop. */
  private async beat(look: () => Promise<RunOutcome | null>): Promise<RunOutcome | null> {
    try {
      const askedMs = performance.now();
      const state = await this.search.renew();
      this.renewedMs = askedMs;
      if (state === 'cancelling') return await this.cancelled();
      if (state === 'pausing') return { kind: 'paused' };
      if (this.stopping) return { kind: 'released' };
      return await look();
    } catch (error) {
      const leftMs = this.renewedMs + this.search.leaseMs - performance.now();
      if (error instanceof LeaseLostError || leftMs < beatMs) throw error;
      this.log.warn({ err: error }, 'the search could not be followed; trying again');
      return null;
    }
  }

  private async look(plan: PlanCounts): Promise<RunOutcome | null> {
    const { tasks, scoring } = this.ports;
    const counts = await tasks.shardCounts(this.search.id);
    this.scored = await scoring.scoredCount(this.search.id);
    if (counts.failed > 0) return this.failed();
    if (counts.queued + counts.leased > 0) {
      await this.rankIfDue();
      await this.search.saveProgress(this.progress(plan, 'scoring'));
      return null;
    }
    if (this.scored === 0 && plan.distinct > 0) return { kind: 'failed', error: nothingScored };
    await this.rank();
    await this.search.saveProgress(this.progress(plan, 'done'));
    return { kind: 'succeeded', summary: await this.summary(plan, counts) };
  }

  private async cancelled(): Promise<RunOutcome> {
    const { tasks } = this.ports;
    await tasks.cancelShards(this.search.id);
    const until = performance.now() + letGoMs;
    while (performance.now() < until) {
      const { leased } = await tasks.shardCounts(this.search.id);
      if (leased === 0) break;
      await sleep(beatMs / 3);
    }
    return { kind: 'cancelled' };
  }

  /** A shard that can never be scored says why; the others need not be tried. */
  private async failed(): Promise<RunOutcome> {
    const { tasks } = this.ports;
    const error = await tasks.shardFailure(this.search.id);
    await tasks.cancelShards(this.search.id);
    return { kind: 'failed', error: error ?? nothingScored };
  }

  private async rankIfDue(): Promise<void> {
    const { scored, endedMs, tookMs } = this.rankedAt;
    const isDue = performance.now() - endedMs >= tookMs / rankingShare;
    if (isDue && this.scored > scored) await this.rank();
  }

  private async rank(): Promise<void> {
    const { options } = this.spec.method;
    const proxies = rankedProxies(options).map((name): RankedProxy => ({
      position: options.proxies.indexOf(name),
      direction: directionOf(name),
    }));
    const begunMs = performance.now();
    await this.order(options.ranking.by, proxies);
    const endedMs = performance.now();
    this.rankedAt = { scored: this.scored, endedMs, tookMs: endedMs - begunMs };
  }

  private async order(by: Ranking['by'], proxies: readonly RankedProxy[]): Promise<void> {
    const { scoring } = this.ports;
    const { id, epoch } = this.search;
    if (by !== 'vote') return scoring.rank(id, epoch, by === 'az-nas' ? 'log-rank' : by, proxies);
    const rows = await scoring.scoreRows(id);
    const scores = rows.map((row) => row.scores);
    const counts = await countOfVotes(scores, proxies, () => setImmediate());
    return scoring.setScores(
      id,
      epoch,
      rows.map((row) => row.id),
      counts,
    );
  }

  private progress({ distinct }: PlanCounts, phase: Progress['phase']): Progress {
    const seconds = (performance.now() - this.startedMs) / 1000;
    const rate = (this.scored - this.startedWith) / seconds;
    return {
      phase,
      step: this.scored,
      totalSteps: distinct,
      ratePerSecond: rate > 0 ? rate : null,
      etaSeconds: rate > 0 ? (distinct - this.scored) / rate : null,
      loss: null,
      candidates: this.scored,
      bestSoFar: null,
    };
  }

  private async summary(plan: PlanCounts, counts: Counts): Promise<ZeroCostSummary> {
    const { searches, scoring } = this.ports;
    const { startedAt } = await searches.get(this.search.id);
    return {
      architectures: {
        requested: plan.requested,
        distinct: plan.distinct,
        duplicates: plan.requested - plan.distinct,
        scored: this.scored,
      },
      failures: await scoring.failures(this.search.id, this.spec.method.options.proxies),
      shards: { total: plan.shards, done: counts.succeeded, quarantined: counts.quarantined },
      seconds: startedAt ? (Date.now() - startedAt.getTime()) / 1000 : 0,
    };
  }
}

const nothingScored: SearchError = {
  code: 'nothing-scored',
  message:
    'every shard was given up after three crashes without progress; the worker’s log has their last words',
  permanent: true,
};
