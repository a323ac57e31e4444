/** @file Work that needs the service up, and leaves no process behind however it ends. */
import { CommandFailed, exitStatus } from './exit-status';
import { startStack, untilAborted, type Stack, type StackOptions } from './stack';

/** SIGINT or SIGTERM arrived. */
export class Interrupted extends CommandFailed {
  constructor() {
    super('stopped by a signal', exitStatus.cancelled);
  }
}

/**
 * Runs `work` on a started service and ends every process of it after success, failure, or a signal. A terminal,
 * npm and a supervisor may each pass the signal on, also while the service starts or stops: the first one counts.
 * @throws {Interrupted} a signal came before `work` was done
 * @throws {ServiceUnavailableError} the service cannot start, or a process of it was lost
 */
export async function withStack<T>(
  options: Omit<StackOptions, 'signal'>,
  work: (stack: Stack, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    controller.abort(new Interrupted());
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, interrupt);
  try {
    const stack = await startStack({ ...options, signal });
    try {
      return await Promise.race([untilAborted(work(stack, signal), signal), stack.failed]);
    } finally {
      controller.abort(new Interrupted()); // ends what work left running
      await stack.stop();
    }
  } catch (error) {
    // A terminal signals the whole group: apps that end then are no failures of their own.
    throw isInterrupted ? new Interrupted() : error;
  } finally {
    for (const name of names) process.off(name, interrupt);
  }
}
