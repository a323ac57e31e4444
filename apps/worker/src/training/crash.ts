/** @file How a computing process ended without an answer, as an error with a class: R12 and R13. */
import { NasError, TrainingCrashedError } from '@sextant/common';

/** What is left of a process that has ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly peakBytes: number;
  /** The process was ended because it passed its memory limit. */
  readonly overMemoryLimit: boolean;
  /** Last lines of its standard error. */
  readonly lastLines: string;
}

/** The process needed more memory than it may have. Retried: a neighbour may have caused it. */
export class OutOfMemoryError extends NasError {
  readonly code = 'out-of-memory';
  override readonly permanent = false;
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

const signals: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'by the system or an operator; short of memory, Linux does this',
  SIGSEGV: 'a fault in native code',
  SIGBUS: 'a fault in native code',
  SIGILL: 'a processor instruction that this machine does not have',
};

/** V8 aborts with this line when its heap is full. */
const heapIsFull = /JavaScript heap out of memory/;

/** The error class of an exit that no final message preceded; `work` is what the process was for. */
export function crashOf(exit: Exit, work = 'training'): NasError {
  const peak = `it held ${mebibytes(exit.peakBytes)} at most`;
  const last = exit.lastLines === '' ? '' : `; its last words: ${exit.lastLines}`;
  if (exit.overMemoryLimit) return new OutOfMemoryError(`${work} passed its memory limit; ${peak}`);
  if (heapIsFull.test(exit.lastLines)) {
    return new OutOfMemoryError(`${work} filled the JavaScript heap; ${peak}`);
  }
  const how =
    exit.signal === null
      ? `ended with exit code ${exit.code}`
      : `was killed by ${exit.signal} (${signals[exit.signal] ?? 'unexpected'})`;
  return new TrainingCrashedError(`the ${work} process ${how}; ${peak}${last}`);
}
