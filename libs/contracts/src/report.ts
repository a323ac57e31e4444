/** @file How well scores and predictions order the labelled architectures, sign kept, baselines beside. */
import { z } from 'zod';
import { LabelSplit } from './label';
import { SearchError } from './search';
import { TaskState } from './task';

/** A statistic with its 95 % bootstrap interval; null where it is undefined, as on constant values. */
export const IntervalView = z
  .object({ value: z.number(), lower: z.number(), upper: z.number() })
  .nullable();

export const ReportEntry = z.object({
  kind: z.enum(['baseline', 'proxy', 'ranking', 'predictor']),
  name: z.string(),
  /** Labels compared with. */
  split: LabelSplit,
  /** How a predictor's values came about: it had not seen the label, in cross-validation or at all. */
  values: z.enum(['computed', 'cross-validated', 'held-out']),
  n: z.int(),
  failed: z.int().describe('Without a value; they rank last'),
  resamples: z.int().describe('Behind each interval'),
  kendallTauB: IntervalView,
  spearman: IntervalView,
  /** Kendall τ-b among the tenth of labelled architectures that are most accurate. */
  tauTop10: z.number().nullable(),
  /** Of the k highest values, the fraction that is among the k most accurate. */
  precisionAt: z.array(z.object({ k: z.int(), precision: z.number() })),
});
export type ReportEntry = z.infer<typeof ReportEntry>;

export const ReportResult = z.object({
  labels: z.object({ train: z.int(), test: z.int() }),
  scored: z.int(),
  resamples: z.int().describe('At most; fewer for more than 1,000 labels'),
  seed: z.int(),
  entries: z.array(ReportEntry),
});
export type ReportResult = z.infer<typeof ReportResult>;

export const ReportView = z
  .object({
    number: z.int(),
    searchId: z.uuid(),
    state: TaskState,
    result: ReportResult.nullable(),
    error: SearchError.nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Report' });
export type ReportView = z.infer<typeof ReportView>;

export const ReportList = z.object({ items: z.array(ReportView) }).meta({ id: 'ReportList' });
