/** @file How much memory grows while one thing repeats. */

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** median of the last `end` values over median of values `from`..`to`, less 1: 0.05 is 5 % more. */
export const growth = (
  resident: readonly number[],
  { from, to, end }: { readonly from: number; readonly to: number; readonly end: number },
): number => median(resident.slice(-end)) / median(resident.slice(from, to)) - 1;
