/** @file The majority of several proxies over a whole search, without holding up the process that keeps its lease. */
import type { RankedProxy } from '@sextant/contracts';
import { countVotes, type Column } from '@sextant/proxies';

/**
 * Architectures beaten less those lost to, for each row of scores; null: a proxy that failed, which loses to every value.
 * @param breathe lets others have the event loop; called every few milliseconds
 */
export async function countOfVotes(
  rows: readonly (readonly (number | null)[])[],
  proxies: readonly RankedProxy[],
  breathe: () => Promise<unknown>,
): Promise<Float64Array> {
  const columns = proxies.map(({ position, direction }): Column => {
    const sign = direction === 'maximize' ? 1 : -1;
    return rows.map((scores) => {
      const score = scores[position] ?? null;
      return score === null ? null : sign * score;
    });
  });
  const counting = countVotes(columns);
  for (;;) {
    const { done, value } = counting.next();
    if (done) return value;
    await breathe();
  }
}
