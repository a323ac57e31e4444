/** @file A subset that needs no randomness. */

/** At most `most` of 0..n−1, evenly spaced, all of them where they are few. */
export const evenlySpaced = (n: number, most: number): number[] =>
  Array.from({ length: Math.min(n, most) }, (_, i) => Math.floor((i * n) / Math.min(n, most)));
