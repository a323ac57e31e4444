/**
 * @file One lease of one task: a process computes, this side stores what it says and keeps the lease.
 * Nothing here computes, so the lease is renewed however busy the machine is (R8).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LeaseLostError, messageOf, NasError, ServiceUnavailableError } from '@sextant/common';
import {
  isTerminal,
  parseAs,
  TaskMessage,
  type SearchState,
  type StopReason,
  type TaskCommand,
} from '@sextant/contracts';
import type { Logger } from 'pino';
import { crashOf } from '../training/crash';
import { TrainingProcess } from '../training/training-process';
import type { LeasedTask, TaskEnd } from './leased-task';

export interface TaskSettings {
  readonly scoringEntry: string;
  readonly datasetRoot: string;
  readonly memoryLimitBytes: number;
}

/** Between two renewals, each of which also tells what the search is up to. */
const beatMs = 300;
/** With one beat before it, a cancelled search frees its processor within the 2 s of R6. */
const graceMs: Readonly<Record<StopReason, number>> = { cancel: 1000, pause: 5000, drain: 5000 };
/** A process that has said its last word may take so long to leave. */
const farewellMs = 5000;

const stoppedAs = { cancel: 'cancelled', pause: 'released', drain: 'released' } as const;

type LastWord = Extract<TaskMessage, { type: 'done' | 'stopped' | 'failed' }>;

/** Only shards end with their search: predictors and reports are asked for after its end too. */
function reasonToStop(state: SearchState): StopReason | null {
  if (state === 'pausing' || state === 'paused') return 'pause';
  return state === 'cancelling' || isTerminal(state) ? 'cancel' : null;
}

export class TaskRun {
  private readonly process: TrainingProcess<TaskCommand>;
  private readonly beats = new AbortController();
  private deadline: NodeJS.Timeout | undefined;
  private writes: Promise<void> = Promise.resolve();
  private stopping: StopReason | undefined;
  private lastWord: LastWord | undefined;
  private lost = false;
  /** Why this side ended the process. */
  private fault: NasError | undefined;

  constructor(
    private readonly task: LeasedTask,
    settings: TaskSettings,
    private readonly log: Logger,
  ) {
    this.process = new TrainingProcess({
      entry: settings.scoringEntry,
      args: [settings.datasetRoot],
      memoryLimitBytes: settings.memoryLimitBytes,
      onMessage: (message) => this.hear(message),
    });
  }

  /** Computes until the process has ended and all it said is stored; null where the lease was lost. */
  async run(commands: AsyncIterable<TaskCommand>): Promise<TaskEnd | null> {
    this.armDeadline(performance.now());
    const beating = this.beat();
    const told = this.tell(commands);
    const exit = await this.process.ended;
    await told;
    await this.writes;
    this.beats.abort();
    await beating;
    clearTimeout(this.deadline);
    if (this.lost) return null;
    return this.end(this.fault ?? crashOf(exit, 'scoring'));
  }

  /** Asks the process to stop, and kills it where it does not. */
  stop(reason: StopReason): void {
    if (this.stopping !== undefined) return;
    this.stopping = reason;
    this.process.stop(reason, graceMs[reason]);
  }

  private async tell(commands: AsyncIterable<TaskCommand>): Promise<void> {
    try {
      for await (const command of commands) this.process.start(command);
    } catch (error) {
      this.fail(error instanceof NasError ? error : notRead(error));
    }
  }

  private end(crash: NasError): TaskEnd {
    const word = this.fault ? undefined : this.lastWord;
    if (word?.type === 'done') return { kind: 'succeeded', result: word.result };
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
      this.take(parseAs(TaskMessage, input, 'a message of the scoring process'));
    } catch (error) {
      if (!(error instanceof NasError)) throw error;
      this.fail(error);
    }
  }

  private take(message: TaskMessage): void {
    switch (message.type) {
      case 'scored':
        return this.store(() => this.task.addScores(message.architectures));
      case 'predictions':
        return this.store(() => this.task.addPredictions(message.predictions));
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
      await this.beatOnce().catch((error: unknown) => {
        if (error instanceof LeaseLostError) this.lose(error);
        else this.log.warn({ err: error }, 'the lease could not be renewed; trying again');
      });
      await sleep(beatMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async beatOnce(): Promise<void> {
    await this.process.checkMemory();
    const askedAt = performance.now();
    const state = await this.task.renew();
    this.armDeadline(askedAt);
    const reason = this.task.id.kind === 'score' ? reasonToStop(state) : null;
    if (reason) this.stop(reason);
  }

  /** Unrenewed for as long as it lasts, the lease may be another worker's: stop before that. */
  private armDeadline(askedAt: number): void {
    clearTimeout(this.deadline);
    const leftMs = askedAt + this.task.leaseMs - performance.now();
    const ranOut = (): void =>
      this.lose(new LeaseLostError('the lease ran out before it could be renewed'));
    this.deadline = setTimeout(ranOut, leftMs);
  }

  private lose(error: LeaseLostError): void {
    this.lost = true;
    this.log.warn({ err: error }, 'the task belongs to another worker now');
    this.process.kill();
  }

  private fail(error: NasError): void {
    this.fault ??= error;
    this.process.kill();
  }
}

const notStored = (error: unknown): NasError =>
  new ServiceUnavailableError(`a result could not be stored: ${messageOf(error)}`, {
    cause: error,
  });

const notRead = (error: unknown): NasError =>
  new ServiceUnavailableError(`what the task needs could not be read: ${messageOf(error)}`, {
    cause: error,
  });
