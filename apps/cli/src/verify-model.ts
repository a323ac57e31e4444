/** @file Does a downloaded model predict what the service reported? Asked of a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ServiceUnavailableError } from '@sextant/common';
import type { VerifyAnswer, VerifyRequest } from './verify.child';

export interface Verification {
  /** Test images whose prediction is the reported one. */
  readonly equal: number;
  /** Of the model's own predictions, on the test set. */
  readonly accuracy: number;
  readonly n: number;
}

/** Equal predictions over all of them; 0 where nothing was verified. */
export function agreement(verifications: readonly Verification[]): number {
  const n = verifications.reduce((sum, it) => sum + it.n, 0);
  return n === 0 ? 0 : verifications.reduce((sum, it) => sum + it.equal, 0) / n;
}

/**
 * @param signal ends the check
 * @throws {ServiceUnavailableError} the process ended without an answer, or says what went wrong
 */
export function verifyModel(request: VerifyRequest, signal: AbortSignal): Promise<Verification> {
  const child = fork(fileURLToPath(new URL('verify.child.js', import.meta.url)), { signal });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('message', (answer: VerifyAnswer) => {
      if ('error' in answer) reject(new ServiceUnavailableError(answer.error));
      else resolve(answer);
    });
    child.once('exit', (code, how) =>
      reject(new ServiceUnavailableError(`the check ended without an answer (${code ?? how})`)),
    );
    child.send(request);
  });
}
