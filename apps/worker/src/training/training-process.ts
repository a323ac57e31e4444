/** @file The process that computes: forked, spoken to by messages, watched for memory, and ended for certain. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { steadyMemory } from '@sextant/common';
import type { StopReason, TrainingCommand } from '@sextant/contracts';
import { residentBytes } from '@sextant/processes';
import type { Exit } from './crash';

export interface TrainingProcessOptions {
  /** Script to fork; it takes commands and answers messages. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly memoryLimitBytes: number;
  /** Called in order; the last message arrives before `ended` resolves. */
  readonly onMessage: (message: unknown) => void;
}

const lastCharacters = 2000;

/** A child that computes, told what to do by `Command`s; every one of them understands `stop`. */
export class TrainingProcess<Command = TrainingCommand> {
  private readonly child: ChildProcess;
  private killTimer: NodeJS.Timeout | undefined;
  private peakBytes = 0;
  private overMemoryLimit = false;
  private lastLines = '';
  /** Resolves once the process is gone and all it said has been heard. */
  readonly ended: Promise<Exit>;

  constructor(private readonly options: TrainingProcessOptions) {
    this.child = fork(options.entry, [...options.args], {
      execArgv: ['--enable-source-maps', ...steadyMemory.nodeOptions],
      env: { ...process.env, ...steadyMemory.environment },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr.write(text);
      this.lastLines = (this.lastLines + text).slice(-lastCharacters);
    });
    this.child.on('message', options.onMessage);
    this.ended = this.end();
  }

  start(command: Command): void {
    this.send(command);
  }

  /** Asks; `graceMs` later the process is killed. */
  stop(reason: StopReason, graceMs: number): void {
    this.send({ type: 'stop', reason });
    this.expectEnd(graceMs);
  }

  /** Kills the process unless it has ended by then; replaces what was expected before. */
  expectEnd(withinMs: number): void {
    clearTimeout(this.killTimer);
    this.killTimer = setTimeout(() => this.kill(), withinMs);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Ends the process if it holds more memory than it may. */
  async checkMemory(): Promise<void> {
    if (this.child.pid === undefined) return;
    const bytes = await residentBytes(this.child.pid);
    this.peakBytes = Math.max(this.peakBytes, bytes);
    if (bytes <= this.options.memoryLimitBytes || this.overMemoryLimit) return;
    this.overMemoryLimit = true;
    this.kill();
  }

  /** A process that has already gone is no error here: `ended` tells. */
  private send(command: Command | { type: 'stop'; reason: StopReason }): void {
    if (this.child.connected) this.child.send(command as object, () => undefined);
  }

  private async end(): Promise<Exit> {
    // 'close' can precede the last message; 'disconnect' comes after it, but not if the fork failed
    const disconnected = new Promise((resolve) => this.child.once('disconnect', resolve));
    const failed = once(this.child, 'error').then(([error]) => String(error));
    const closed = once(this.child, 'close').then(() => disconnected);
    const reason = await Promise.race([failed, closed.then(() => '')]).catch(String);
    clearTimeout(this.killTimer);
    const { exitCode: code, signalCode: signal } = this.child;
    const { peakBytes, overMemoryLimit } = this;
    return { code, signal, peakBytes, overMemoryLimit, lastLines: this.words(reason) };
  }

  private words(reason: string): string {
    return (reason + this.lastLines).trim();
  }
}
