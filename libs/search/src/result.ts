/** @file One evaluated encoding, as a strategy is told of it, and which of two is better. */
import { z } from 'zod';

export const Result = z.strictObject({
  /** The number its ask was given. */
  number: z.int().min(0),
  encoding: z.array(z.int().min(0)).readonly(),
  /** To minimise, in a fixed order. Strategies of one objective read the first. */
  objectives: z.array(z.number()).min(1).readonly(),
  /** By how much limits are exceeded, summed; 0 where all are met. */
  violation: z.number().min(0),
});
export type Result = z.infer<typeof Result>;

/** The first objective. */
export const loss = ({ objectives }: Result): number => objectives[0] as number;

/**
 * Order by one objective: what meets the limits before what does not, then the smaller violation, then the smaller
 * objective, then who was asked for first. Negative if `a` comes first.
 * @see Deb 2000, An efficient constraint handling method for genetic algorithms, doi:10.1016/S0045-7825(99)00389-8
 */
export const compareResults = (a: Result, b: Result): number =>
  a.violation - b.violation || loss(a) - loss(b) || a.number - b.number;
