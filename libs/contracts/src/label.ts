/** @file A user's own measurements of architectures: what predictors learn from and reports judge by. */
import { z } from 'zod';
import { CandidateId } from './candidate';

/** Predictors learn from `train`; `test` is only ever compared with. */
export const LabelSplit = z.enum(['train', 'test']);
export type LabelSplit = z.infer<typeof LabelSplit>;

/** One row: which architecture, by exactly one of three names, and how accurate it is. */
export const LabelRow = z
  .strictObject({
    architecture: z
      .union([z.string().max(4000), z.array(z.int()).max(500)])
      .optional()
      .describe('Official string of a cell, or the encoding of a network'),
    index: z.coerce
      .number()
      .pipe(z.int().min(0))
      .optional()
      .describe('Official number of a NAS-Bench-201 cell'),
    candidate: CandidateId.optional().describe('Id of a candidate: its canonical hash'),
    accuracy: z.coerce.number({ error: 'accuracy must be a number' }),
  })
  .refine(
    ({ architecture, index, candidate }) =>
      [architecture, index, candidate].filter((name) => name !== undefined).length === 1,
    'name the architecture by exactly one of: architecture, index, candidate',
  );
export type LabelRow = z.infer<typeof LabelRow>;

export const LabelUnit = z.enum(['fraction', 'percent']);

export const ImportLabelsQuery = z
  .strictObject({
    split: LabelSplit.default('train').describe('Learnt from, or only compared with'),
    unit: LabelUnit.default('fraction').describe('Of the accuracies in the file'),
  })
  .meta({ id: 'ImportLabelsQuery' });
export type ImportLabelsQuery = z.infer<typeof ImportLabelsQuery>;

export const LabelRefusal = z.object({
  line: z.int().describe('1 = first line of the body'),
  code: z.enum(['malformed', 'not-in-space', 'unknown-candidate', 'out-of-range', 'contradiction']),
  message: z.string(),
});
export type LabelRefusal = z.infer<typeof LabelRefusal>;

export const LabelImport = z
  .object({
    rows: z.int(),
    added: z.int(),
    updated: z.int(),
    unchanged: z.int().describe('Stored with this accuracy already, or repeated in the file'),
    refused: z.int(),
    /** How many rows each code refused. */
    refusedBy: z.record(z.string(), z.int()),
    refusals: z.array(LabelRefusal).describe('The first 100'),
    labels: z.object({ train: z.int(), test: z.int() }).describe('Stored now'),
  })
  .meta({ id: 'LabelImport' });
export type LabelImport = z.infer<typeof LabelImport>;

export const LabelView = z
  .object({
    candidate: CandidateId,
    architecture: z.string().describe('As it was named'),
    split: LabelSplit,
    accuracy: z.number(),
    scored: z.boolean().describe('Whether the search has scored this architecture'),
  })
  .meta({ id: 'Label' });
export type LabelView = z.infer<typeof LabelView>;

export const LabelPage = z
  .object({ items: z.array(LabelView), nextCursor: z.string().nullable() })
  .meta({ id: 'LabelPage' });
export type LabelPage = z.infer<typeof LabelPage>;
