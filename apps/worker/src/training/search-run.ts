/**
 * @file One lease of one search: a process computes, this side stores what it says and keeps the lease.
 * Nothing here computes, so the lease is renewed however busy the machine is (R8).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseLostError, messageOf, NasError, ServiceUnavailableError } from '@sextant/common';
import {
  parseAs,
  TrainingMessage,
  type Progress,
  type StartCommand,
  type StopReason,
} from '@sextant/contracts';
import type { Logger } from 'pino';
import { crashOf } from './crash';
import type { LeasedSearch, RunOutcome } from './leased-search';
import { TrainingProcess } from './training-process';

export interface RunSettings {
  readonly trainingEntry: string;
  readonly datasetRoot: string;
  readonly memoryLimitBytes: number;
}

/** Between two renewals, each of which also tells whether the user wants the search to stop. */
const beatMs = 300;
/** With one beat before it, a cancelled search frees its processor within the 2 s of R6. */
const graceMs: Readonly<Record<StopReason, number>> = {
  cancel: 1000,
  pause: 20_000,
  drain: 20_000,
};
/** Which reason replaces which, where two meet. */
const urgency: Readonly<Record<StopReason, number>> = { cancel: 3, pause: 2, drain: 1 };
/** A process that has said its last word may take so long to leave. */
const farewellMs = 5000;

const stoppedAs = { cancel: 'cancelled', pause: 'paused', drain: 'released' } as const;

type LastWord = Extract<TrainingMessage, { type: 'done' | 'stopped' | 'failed' }>;

const leaseRanOut = (): LeaseLostError =>
  new LeaseLostError('the lease ran out before it could be renewed');

const notStored = (error: unknown): NasError =>
  new ServiceUnavailableError(`a result could not be stored: ${messageOf(error)}`, {
    cause: error,
  });

export class SearchRun {
  private readonly process: TrainingProcess;
  private readonly beats = new AbortController();
  private deadline: NodeJS.Timeout | undefined;
  private writes: Promise<void> = Promise.resolve();
  private progress: Progress | undefined;
  private stopping: StopReason | undefined;
  private lastWord: LastWord | undefined;
  private lost = false;
  /** Why this side ended the process. */
  private fault: NasError | undefined;

  constructor(
    private readonly search: LeasedSearch,
    settings: RunSettings,
    private readonly log: Logger,
  ) {
    this.process = new TrainingProcess({
      entry: settings.trainingEntry,
      args: [settings.datasetRoot],
      memoryLimitBytes: settings.memoryLimitBytes,
      onMessage: (message) => this.hear(message),
    });
  }

  /** Computes until the process has ended and all it said is stored; null where the lease was lost. */
  async run(command: StartCommand): Promise<RunOutcome | null> {
    this.armDeadline(performance.now());
    this.process.start(command);
    const beating = this.beat();
    const exit = await this.process.ended;
    await this.writes;
    this.beats.abort();
    await beating;
    await this.saveProgress().catch((error: unknown) => this.endure(error));
    clearTimeout(this.deadline);
    if (this.lost) return null;
    return this.outcome(this.fault ?? crashOf(exit));
  }

  /** Asks the process to stop, and kills it where it does not; a more urgent reason replaces another. */
  stop(reason: StopReason): void {
    if (this.stopping !== undefined && urgency[this.stopping] >= urgency[reason]) return;
    this.stopping = reason;
    this.process.stop(reason, graceMs[reason]);
  }

  private outcome(crash: NasError): RunOutcome {
    const word = this.fault ? undefined : this.lastWord;
    if (word?.type === 'done') return { kind: 'succeeded', summary: word.summary };
    if (word?.type === 'failed') {
      return { kind: word.error.permanent ? 'failed' : 'crashed', error: word.error };
    }
    // killed after the grace time is stopped too: what it had stored before is kept
    const reason = this.stopping ?? (word && word.reason);
    if (reason !== undefined) return { kind: stoppedAs[reason] };
    const { code, message, permanent } = crash;
    return { kind: permanent ? 'failed' : 'crashed', error: { code, message, permanent } };
  }

  private hear(input: unknown): void {
    try {
      const message = parseAs(TrainingMessage, input, 'a message of the training process');
      this.take(message);
    } catch (error) {
      if (!(error instanceof NasError)) throw error;
      this.fail(error);
    }
  }

  private take(message: TrainingMessage): void {
    switch (message.type) {
      case 'progress':
        this.progress = message.progress;
        return;
      case 'checkpoint':
        return this.store(() => this.search.addCheckpoint(message));
      case 'candidates':
        return this.store(() => this.search.addCandidates(message.candidates, message.task));
      case 'costs':
        return this.store(() => this.search.addCosts(message.costs));
      case 'done':
      case 'stopped':
      case 'failed':
        this.lastWord = message;
        this.process.expectEnd(farewellMs);
    }
  }

  /** Writes are in the order they were said. One that cannot be stored ends the run: resuming repeats it. */
  private store(write: () => Promise<void>): void {
    this.writes = this.writes.then(async () => {
      if (this.lost || this.fault) return;
      await write().catch((error: unknown) => {
        if (error instanceof LeaseLostError) this.lose(error);
        else this.fail(notStored(error));
      });
    });
  }

  private async beat(): Promise<void> {
    const { signal } = this.beats;
    while (!signal.aborted) {
      await this.beatOnce().catch((error: unknown) => this.endure(error));
      await sleep(beatMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async beatOnce(): Promise<void> {
    await this.process.checkMemory();
    const askedAt = performance.now();
    const state = await this.search.renew();
    this.armDeadline(askedAt);
    if (state === 'cancelling') this.stop('cancel');
    if (state === 'pausing') this.stop('pause');
    await this.saveProgress();
  }

  private async saveProgress(): Promise<void> {
    const progress = this.progress;
    this.progress = undefined;
    if (progress) await this.search.saveProgress(progress);
  }

  /** A database that is away for less than the lease is no reason to stop. */
  private endure(error: unknown): void {
    if (error instanceof LeaseLostError) this.lose(error);
    else this.log.warn({ err: error }, 'the lease could not be renewed; trying again');
  }

  /** Unrenewed for as long as it lasts, the lease may be another worker's: stop before that. */
  private armDeadline(askedAt: number): void {
    clearTimeout(this.deadline);
    const leftMs = askedAt + this.search.leaseMs - performance.now();
    this.deadline = setTimeout(() => this.lose(leaseRanOut()), leftMs);
  }

  private lose(error: LeaseLostError): void {
    this.lost = true;
    this.log.warn({ err: error }, 'the search belongs to another worker now');
    this.process.kill();
  }

  private fail(error: NasError): void {
    this.fault ??= error;
    this.process.kill();
  }
}
