/** @file Pareto fronts: what is best when several things count at once. */
import { z } from 'zod';
import { CandidateId } from './candidate';
import { SortKey } from './cost';

/** `accuracy,latencyMs@pixel3,paramCount` as a list. */
const Objectives = z
  .string()
  .transform((text) => text.split(','))
  .pipe(
    z
      .array(SortKey)
      .min(2, 'a front needs two objectives at least')
      .max(4, 'a front has four objectives at most')
      .refine((keys) => new Set(keys).size === keys.length, 'name each objective once'),
  );

export const ParetoQuery = z
  .strictObject({
    objectives: Objectives.describe(
      'Two to four of accuracy, predictedAccuracy, macs, paramCount, latencyMs, and costs as in latencyMs@pixel3; with commas',
    ),
    evidence: z
      .enum(['measured', 'any'])
      .default('measured')
      .describe('measured: a candidate with a cost that was only predicted is not in the front'),
  })
  .meta({ id: 'ParetoQuery' });
export type ParetoQuery = z.infer<typeof ParetoQuery>;

export const ParetoView = z
  .object({
    objectives: z.array(z.object({ key: SortKey, direction: z.enum(['maximize', 'minimize']) })),
    evidence: z.enum(['measured', 'any']),
    /** Best first in the first objective; of equal points the one with the smallest id. */
    points: z.array(
      z.object({
        id: CandidateId,
        values: z.array(z.number()).describe('In the order of the objectives'),
      }),
    ),
    hypervolume: z.object({
      reference: z
        .array(z.number())
        .nullable()
        .describe(
          'Accuracy 0 and twice the largest of each cost when the front began; null: no point yet',
        ),
      value: z
        .number()
        .describe('Part of the box from accuracy 1 and costs 0 to the reference that is dominated'),
      history: z.array(
        z.object({
          at: z.iso.datetime({ offset: true }),
          size: z.int(),
          value: z.number(),
        }),
      ),
    }),
  })
  .meta({ id: 'Pareto' });
export type ParetoView = z.infer<typeof ParetoView>;
