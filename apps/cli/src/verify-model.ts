/** @file Does a downloaded model predict what the service reported? Asked of a process of its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ServiceUnavailableError } from '@sextant/common';
import type { VerifyAnswer, VerifyRequest } from './verify.child';

export interface Verification {
  /** Equal predictions over test images. */
  readonly agreement: number;
  readonly accuracy: number;
  readonly n: number;
}

/** @throws {ServiceUnavailableError} the process ended without an answer, or says what went wrong */
export function verifyModel(request: VerifyRequest): Promise<Verification> {
  const child = fork(fileURLToPath(new URL('verify.child.js', import.meta.url)));
  return new Promise((resolve, reject) => {
    child.once('message', (answer: VerifyAnswer) => {
      if ('error' in answer) reject(new ServiceUnavailableError(answer.error));
      else resolve(answer);
    });
    child.once('exit', (code, signal) =>
      reject(new ServiceUnavailableError(`the check ended without an answer (${code ?? signal})`)),
    );
    child.send(request);
  });
}
