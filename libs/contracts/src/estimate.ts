/** @file What a search would come to, told before it is submitted. */
import { z } from 'zod';

/** What a device that the request names says of the architectures to come. */
export const DeviceEstimate = z
  .object({
    cost: z.string().describe('As in latencyMs@pixel3'),
    version: z.int().describe('Of the profile'),
    how: z
      .enum(['table', 'model', 'blocks'])
      .describe('Rows of the table, predictions of the fitted model, or sums of blocks'),
    architectures: z.int().describe('Looked at: all of a table, else a random sample of the space'),
    smallest: z.number(),
    median: z.number(),
    largest: z.number(),
    meanAbsolutePercentageError: z
      .number()
      .nullable()
      .describe('Of the model, cross-validated; null where there is none'),
  })
  .meta({ id: 'DeviceEstimate' });
export type DeviceEstimate = z.infer<typeof DeviceEstimate>;

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
      .describe(
        'Of the computing process on a processor, at most; null: nothing is trained, or it is not known',
      ),
    devices: z.array(DeviceEstimate),
    basis: z.string().describe('Where the times come from, in words'),
    references: z.int().describe('Earlier searches behind the times; 0: built-in rates'),
  })
  .meta({ id: 'SearchEstimate' });
export type SearchEstimate = z.infer<typeof SearchEstimate>;
