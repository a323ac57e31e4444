/** @file Leases zero-cost searches and has each coordinated; gives back what it cannot finish. */
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { LeaseLostError, messageOf, NasError } from '@sextant/common';
import type { SearchError } from '@sextant/contracts';
import { openDataset } from '@sextant/datasets';
import type { CostSources } from '@sextant/evaluation';
import { loadProfileCost } from '@sextant/persistence';
import type { Logger } from 'pino';
import type { WorkerConfig } from '../config/worker-config';
import type { Resources } from '../resources';
import { requireZeroCost } from '../tasks/task-commands';
import { LeasedSearch, type RunOutcome } from '../training/leased-search';
import { untilAnswered } from '../until-answered';
import { workerName } from '../worker-name';
import { CONFIG, LOGGER, RESOURCES } from '../worker.tokens';
import { ScoringCoordinator } from './scoring-coordinator';

@Injectable()
export class ScoringRunner implements BeforeApplicationShutdown {
  private readonly runs = new Map<ScoringCoordinator, Promise<void>>();
  private draining = false;

  constructor(
    @Inject(CONFIG) private readonly config: WorkerConfig,
    @Inject(RESOURCES) private readonly resources: Resources,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Resolves once the search is settled or given back; at once where it has ended or runs elsewhere. */
  async run(searchId: string): Promise<void> {
    const { leaseSeconds } = this.config;
    const leased = await untilAnswered(
      () => this.resources.searches.lease(searchId, workerName, leaseSeconds),
      () => this.draining,
      (err) => this.log.warn({ searchId, err }, 'the search could not be leased; trying again'),
    );
    if (!leased) return;
    const search = new LeasedSearch(searchId, leased.epoch, leaseSeconds, this.resources);
    if (this.draining) return search.settle({ kind: 'released' });
    const log = this.log.child({ searchId, epoch: leased.epoch });
    const spec = requireZeroCost(leased.search.spec);
    const costs = this.costsFor(spec.dataset);
    const ports = { ...this.resources, costs, dispatch: () => this.resources.taskRelay.relay() };
    const coordinator = new ScoringCoordinator(search, spec, ports, log);
    const settled = this.coordinate(search, coordinator, log);
    this.runs.set(coordinator, settled);
    await settled.finally(() => this.runs.delete(coordinator));
  }

  /** Second step of a drain: what runs goes back into the queue; its shards go on elsewhere meanwhile. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    for (const run of this.runs.keys()) run.stop('drain');
    await Promise.allSettled(this.runs.values());
  }

  private costsFor(dataset: string): CostSources {
    const { datasetRoot: root } = this.config;
    return {
      async image() {
        const { channels, height, classes } = await openDataset(dataset, { root });
        return { channels, height, classes: classes.length };
      },
      profileCost: async (cost) =>
        (await loadProfileCost(this.resources.hardwareProfiles, cost)).values,
    };
  }

  private async coordinate(
    search: LeasedSearch,
    coordinator: ScoringCoordinator,
    log: Logger,
  ): Promise<void> {
    try {
      await search.start();
      const outcome = await coordinator.run().catch(outcomeOf);
      log.info({ outcome }, 'the run has ended');
      if (outcome) await search.settle(outcome);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      log.warn({ err: error }, 'the search belongs to another worker now');
    }
  }
}

/** What we did not foresee may pass on another try; three without progress are quarantined. */
function outcomeOf(error: unknown): RunOutcome {
  const permanent = error instanceof NasError && error.permanent;
  const code = error instanceof NasError ? error.code : 'unexpected';
  const why: SearchError = { code, message: messageOf(error), permanent };
  return { kind: permanent ? 'failed' : 'crashed', error: why };
}
