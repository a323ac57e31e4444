/** @file A search that looks results up instead of training: what is asked of it, what it works on, what it came to. */
import { z } from 'zod';
import { BenchmarkColumn, BenchmarkColumnName, BenchmarkId } from './benchmark';
import { CostKey, Evidence, ProfileCost } from './cost';

/** An upper limit for each cost named. */
export const CostLimits = z.record(CostKey, z.number().positive());
export type CostLimits = z.infer<typeof CostLimits>;

/**
 * Searches a table. A lookup of an accuracy counts as a training and a lookup of an architecture's costs as a
 * measurement, so that a search spends as it would without the table.
 */
export const BenchmarkOptions = z.strictObject({
  benchmark: BenchmarkId,
  select: BenchmarkColumnName.default('c10_val_200').describe('Accuracy that is searched for'),
  report: BenchmarkColumnName.nullable()
    .default('c10_test_200')
    .describe('Accuracy that is shown and decides nothing; null for none'),
  strategy: z
    .string()
    .min(1)
    .max(63)
    .default('mission')
    .describe('`mission`, or a search strategy by its name'),
  strategyOptions: z.record(z.string(), z.unknown()).default({}),
  limits: CostLimits.default({}).describe('Hard: only what fits by measurement is trained'),
  objectives: z
    .array(CostKey)
    .max(4)
    .default([])
    .describe('Costs to minimise beside the error, by strategies of several objectives'),
  costs: z
    .array(ProfileCost)
    .max(32)
    .default([])
    .describe('Further costs to store with each candidate'),
  trainings: z.int().min(1).max(100_000).default(25),
  measurements: z.int().min(1).max(100_000).default(100),
});
export type BenchmarkOptions = z.infer<typeof BenchmarkOptions>;

const values = z.array(z.number().nullable()).describe('By official index; null: unknown');
const TableColumn = BenchmarkColumn.extend({ values });

/** The part of a benchmark, and of hardware profiles, that one search needs. */
export const BenchmarkTable = z.object({
  select: TableColumn,
  report: TableColumn.nullable(),
  /** Of training as long as `select` was; null where the table does not say. */
  seconds: TableColumn.nullable(),
  proxies: z.array(TableColumn),
  costs: z.array(
    z.object({
      cost: ProfileCost,
      values,
      evidence: Evidence,
      /** Of the measurements, as its hardware profile has them. */
      conditions: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type BenchmarkTable = z.infer<typeof BenchmarkTable>;

export const BenchmarkSummary = z
  .object({
    method: z.literal('benchmark'),
    candidates: z.int().describe('Trained, that is, looked up'),
    measurements: z.int().describe('Architectures whose costs were looked up'),
    overLimit: z.int().describe('Of these, how many did not fit'),
    smallest: z.record(z.string(), z.number()).describe('Of each limited cost, over all measured'),
    trainingSeconds: z
      .number()
      .nullable()
      .describe('What the trainings would have taken; null where the table does not say'),
    seconds: z.object({ searching: z.number() }),
    ended: z
      .enum(['trainings', 'measurements', 'exhausted', 'infeasible'])
      .describe('What ran out first'),
  })
  .meta({ id: 'BenchmarkSummary' });
export type BenchmarkSummary = z.infer<typeof BenchmarkSummary>;
