/** @file Asks PostgreSQL until it answers: a job that ended without a look at its row would not come again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NasError } from '@sextant/common';

const retryMs = 1000;

/** Throws what is an answer, and anything once `givesUp` says so; `onError` hears of each other failure. */
export async function untilAnswered<T>(
  ask: () => Promise<T>,
  givesUp: () => boolean,
  onError: (error: unknown) => void,
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NasError || givesUp()) throw error;
      onError(error);
      await sleep(retryMs);
    }
  }
}
