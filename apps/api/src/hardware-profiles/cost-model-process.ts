/** @file Has a model fitted by a process of its own, one at a time, and ends it for certain. */
import { fork } from 'node:child_process';
import {
  InsufficientDataError,
  InvalidMeasurementError,
  ServiceUnavailableError,
} from '@sextant/common';
import type {
  CostModelAnswer,
  CostModelRequest,
  FittedCosts,
  KeyedRequest,
} from './cost-model-task';

const timeoutMs = 240_000;

export class CostModelProcess {
  private last: Promise<unknown> = Promise.resolve();

  /** @param entry script to fork; it answers one request with one `CostModelAnswer` */
  constructor(private readonly entry: string) {}

  /**
   * @throws {InsufficientDataError} too few measurements
   * @throws {InvalidMeasurementError} they are of no use to a model
   * @throws {ServiceUnavailableError} the process ended without an answer, or took too long
   */
  fit(request: CostModelRequest | KeyedRequest): Promise<FittedCosts> {
    const fitted = this.last.then(() => this.ask(request));
    this.last = fitted.catch(() => undefined); // told to whoever asked
    return fitted;
  }

  private async ask(request: CostModelRequest | KeyedRequest): Promise<FittedCosts> {
    const child = fork(this.entry, [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    try {
      const answer = await new Promise<CostModelAnswer>((resolve, reject) => {
        child.once('message', (message) => resolve(message as CostModelAnswer));
        child.once('error', reject);
        child.once('exit', (code, signal) =>
          reject(
            new ServiceUnavailableError(
              `fitting ended without a model (${code ?? signal}); try again with fewer rows`,
            ),
          ),
        );
        child.send(request, () => undefined); // a child that has gone already is told by `exit`
      });
      if ('fitted' in answer) return answer.fitted;
      throw errorOf(answer.error);
    } finally {
      child.kill('SIGKILL');
    }
  }
}

function errorOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  if (code === 'insufficient-data') return new InsufficientDataError(message);
  if (code === 'invalid-measurement') return new InvalidMeasurementError(message);
  return new ServiceUnavailableError(`fitting failed: ${message}`);
}
