/** @file A task that runs again and again, one at a time, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs `task` at once and then `everyMs` after each end. A failure goes to `onError` and ends nothing. */
export function repeat(
  task: () => Promise<void>,
  everyMs: number,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    while (!signal.aborted) {
      await task().catch(onError);
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = loop();
  return {
    stop() {
      stopping.abort();
      return ended;
    },
  };
}
