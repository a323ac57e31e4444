/** @file Has a model fitted by a process of its own. */
import {
  InsufficientDataError,
  InvalidMeasurementError,
  ServiceUnavailableError,
} from '@sextant/common';
import { AnsweringProcess } from '../processes/answering-process';
import type {
  CostModelAnswer,
  CostModelRequest,
  FittedCosts,
  KeyedRequest,
} from './cost-model-task';

export class CostModelProcess {
  private readonly process: AnsweringProcess<CostModelRequest | KeyedRequest, CostModelAnswer>;

  /** @param entry script to fork; it answers one request with one `CostModelAnswer` */
  constructor(entry: string) {
    this.process = new AnsweringProcess(entry, {
      doing: 'fitting',
      timeoutMs: 240_000,
      advice: 'try again with fewer rows',
    });
  }

  /**
   * @throws {InsufficientDataError} too few measurements
   * @throws {InvalidMeasurementError} they are of no use to a model
   * @throws {ServiceUnavailableError} the process ended without an answer, or took too long
   */
  async fit(request: CostModelRequest | KeyedRequest): Promise<FittedCosts> {
    const answer = await this.process.ask(request);
    if ('fitted' in answer) return answer.fitted;
    throw errorOf(answer.error);
  }
}

function errorOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  if (code === 'insufficient-data') return new InsufficientDataError(message);
  if (code === 'invalid-measurement') return new InvalidMeasurementError(message);
  return new ServiceUnavailableError(`fitting failed: ${message}`);
}
