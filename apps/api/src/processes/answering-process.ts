/** @file Has a question answered by a process of its own, one at a time, and ends it for certain. */
import { fork } from 'node:child_process';
import { ServiceUnavailableError } from '@sextant/common';

export interface AnsweringOptions {
  /** What is done, in a sentence that says it failed. */
  readonly doing: string;
  readonly timeoutMs: number;
  /** What a caller may do about it. */
  readonly advice: string;
}

export class AnsweringProcess<Question extends object, Answer> {
  private last: Promise<unknown> = Promise.resolve();

  /** @param entry script to fork; it answers one message with one message */
  constructor(
    private readonly entry: string,
    private readonly options: AnsweringOptions,
  ) {}

  /** @throws {ServiceUnavailableError} the process ended without an answer, or took too long */
  ask(question: Question): Promise<Answer> {
    const answered = this.last.then(() => this.inProcess(question));
    this.last = answered.catch(() => undefined); // told to whoever asked
    return answered;
  }

  private async inProcess(question: Question): Promise<Answer> {
    const { doing, timeoutMs, advice } = this.options;
    const child = fork(this.entry, [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    try {
      return await new Promise<Answer>((resolve, reject) => {
        child.once('message', (message) => resolve(message as Answer));
        child.once('error', reject);
        child.once('exit', (code, signal) =>
          reject(
            new ServiceUnavailableError(
              `${doing} ended without an answer (${code ?? signal}); ${advice}`,
            ),
          ),
        );
        child.send(question, () => undefined); // a child that has gone already is told by `exit`
      });
    } finally {
      child.kill('SIGKILL');
    }
  }
}
