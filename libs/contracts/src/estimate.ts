/** @file What a search would come to, told before it is submitted. */
import { z } from 'zod';

export const SearchEstimate = z
  .object({
    feasible: z.boolean().describe('Whether the limits can be met, each and all together'),
    limits: z.array(
      z.object({
        cost: z.string(),
        limit: z.number(),
        smallest: z.number().nullable().describe('Of the space or table; null: not known'),
        fits: z.boolean(),
      }),
    ),
    /** Architectures that meet every limit; null where counting them would be a search. */
    fitting: z.int().nullable(),
    candidates: z.int().describe('That will be stored, at most'),
    trainings: z.int(),
    measurements: z.int(),
    seconds: z.object({
      low: z.number(),
      expected: z.number(),
      high: z.number(),
      phases: z.record(z.string(), z.number()).describe('Expected, by phase'),
    }),
    memoryBytes: z
      .number()
      .nullable()
      .describe('Of the computing process, at most; null: not known'),
    basis: z.string().describe('Where the times come from, in words'),
    references: z.int().describe('Earlier searches behind the times; 0: built-in rates'),
  })
  .meta({ id: 'SearchEstimate' });
export type SearchEstimate = z.infer<typeof SearchEstimate>;
