/** @file Leases searches, runs them in child processes, and gives back what it cannot finish. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { LeaseLostError, NasError } from '@sextant/common';
import { isSearchBy, type StartCommand } from '@sextant/contracts';
import { loadBenchmarkTable, taskListsOf, type SearchLease } from '@sextant/persistence';
import type { Logger } from 'pino';
import type { WorkerConfig } from '../config/worker-config';
import { workerName } from '../worker-name';
import { CONFIG, LOGGER, RESOURCES } from '../worker.tokens';
import { LeasedSearch, type Repositories, type RunOutcome } from './leased-search';
import { blockLatenciesOf } from './profile-tables';
import { SearchRun } from './search-run';

const retryMs = 1000;

/** What a search needs is gone, as a table that was deleted meanwhile: another try would not find it either. */
function permanentFailure(error: unknown): RunOutcome & { readonly kind: 'failed' } {
  if (!(error instanceof NasError) || !error.permanent) throw error;
  const { code, message, permanent } = error;
  return { kind: 'failed', error: { code, message, permanent } };
}

@Injectable()
export class SearchRunner implements BeforeApplicationShutdown {
  private readonly runs = new Map<SearchRun, Promise<void>>();
  private draining = false;

  constructor(
    @Inject(CONFIG) private readonly config: WorkerConfig,
    @Inject(RESOURCES) private readonly repositories: Repositories,
    @Inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Resolves once the search is settled or given back; at once where it has ended or runs elsewhere. */
  async run(searchId: string): Promise<void> {
    const leased = await this.lease(searchId);
    if (!leased) return;
    const { leaseSeconds } = this.config;
    const search = new LeasedSearch(searchId, leased.epoch, leaseSeconds, this.repositories);
    if (this.draining) return search.settle({ kind: 'released' });
    try {
      await search.start();
      const command = await this.command(search, leased.search.spec).catch(permanentFailure);
      if ('kind' in command) await search.settle(command);
      else await this.compute(search, command);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      this.log.warn({ searchId, err: error }, 'the search belongs to another worker now');
    }
  }

  /** Second step of a drain: what runs saves a checkpoint and goes back into the queue. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    for (const run of this.runs.keys()) run.stop('drain');
    await Promise.allSettled(this.runs.values());
  }

  /** Waits while PostgreSQL is away: a job that ended without a look at its row would not come again. */
  private async lease(searchId: string): Promise<SearchLease | null> {
    for (;;) {
      try {
        const { leaseSeconds } = this.config;
        return await this.repositories.searches.lease(searchId, workerName, leaseSeconds);
      } catch (error) {
        if (error instanceof NasError || this.draining) throw error;
        this.log.warn({ searchId, err: error }, 'the search could not be leased; trying again');
        await sleep(retryMs);
      }
    }
  }

  private async command(search: LeasedSearch, spec: StartCommand['spec']): Promise<StartCommand> {
    const { id: searchId } = search;
    const profiles = await search.pinProfiles(spec);
    const { hardwareProfiles } = this.repositories;
    const blockLatencies = await blockLatenciesOf(hardwareProfiles, spec, profiles);
    const { home, threads, memoryLimitBytes, executionProvider } = this.config;
    return {
      type: 'start',
      spec,
      threads,
      memoryLimitBytes,
      executionProvider,
      checkpointDirectory: path.join(home, 'checkpoints', searchId),
      artifactDirectory: path.join(home, 'artifacts'),
      done: await this.repositories.candidates.all(searchId),
      ...(isSearchBy(spec, 'benchmark') && {
        table: await loadBenchmarkTable(this.repositories, spec.method.options, profiles),
      }),
      ...(blockLatencies && { blockLatencies }),
      ...(isSearchBy(spec, 'fbnet-v5') && { doneByTask: await this.doneByTask(searchId, spec) }),
    };
  }

  private async doneByTask(searchId: string, spec: StartCommand['spec']) {
    const done: NonNullable<StartCommand['doneByTask']> = {};
    for (const { task, id } of taskListsOf(searchId, spec)) {
      done[task] = await this.repositories.candidates.all(id);
    }
    return done;
  }

  private async compute(search: LeasedSearch, command: StartCommand): Promise<void> {
    const log = this.log.child({ searchId: search.id, epoch: search.epoch });
    const run = new SearchRun(search, this.config, log);
    const settled = run.run(command).then(async (outcome) => {
      log.info({ outcome }, 'the run has ended');
      if (outcome) await search.settle(outcome);
    });
    this.runs.set(run, settled);
    if (this.draining) run.stop('drain');
    await settled.finally(() => this.runs.delete(run));
  }
}
