/** @file "The best architecture under these limits on this device", as a question that is stored with its answer. */
import { z } from 'zod';
import { BenchmarkColumnName, BenchmarkId } from './benchmark';
import { AccuracyView, Architecture, CandidateId } from './candidate';
import { Evidence } from './cost';
import { HardwareProfileId } from './hardware';

const limit = z.number().positive().optional();

/** Upper limits; all of them hold at once. */
export const HardwareLimits = z.strictObject({
  latencyMs: limit,
  energyMj: limit,
  memoryBytes: limit,
  macs: limit,
  paramCount: limit,
});
export type HardwareLimits = z.infer<typeof HardwareLimits>;

const shared = {
  limits: HardwareLimits,
  minAccuracy: z.number().gt(0).max(1).optional().describe('As a fraction'),
};

export const CreateHardwareQuery = z
  .strictObject({
    ...shared,
    searchId: z.uuid().optional().describe('Among the candidates of a search'),
    benchmark: BenchmarkId.optional().describe('Among the architectures of a benchmark'),
    select: BenchmarkColumnName.default('c10_val_200').describe('Accuracy, of a benchmark'),
    report: BenchmarkColumnName.nullable()
      .default('c10_test_200')
      .describe('Accuracy shown beside it, of a benchmark; null for none'),
    orderBy: z.enum(['accuracy', 'predictedAccuracy']).default('accuracy'),
    finalists: z
      .int()
      .min(1)
      .max(50)
      .default(5)
      .describe('Listed, and so many are measured at a time where they are not'),
    measure: z
      .boolean()
      .default(true)
      .describe(
        'true: a limit is kept by measurements only, and better candidates that may fit are measured first; ' +
          'false: answer from what is known, saying how it is known',
      ),
  })
  .refine(({ searchId, benchmark }) => (searchId === undefined) !== (benchmark === undefined), {
    message: 'name searchId or benchmark, one of the two',
    path: ['searchId'],
  })
  .meta({ id: 'CreateHardwareQuery' });
export type CreateHardwareQuery = z.infer<typeof CreateHardwareQuery>;

/** One cost: the value, its interval, how it is known and under which conditions. */
export const QueryCost = z
  .object({
    value: z.number(),
    lower: z.number(),
    upper: z.number(),
    evidence: Evidence,
    conditions: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'QueryCost' });
export type QueryCost = z.infer<typeof QueryCost>;

export const QueryArchitecture = z
  .object({
    id: CandidateId,
    architecture: Architecture,
    encoding: z.array(z.int()),
    /** 1 = the most accurate of all that were evaluated, whether or not it fits. */
    rank: z.int().nullable(),
    accuracy: AccuracyView.nullable(),
    testAccuracy: AccuracyView.nullable(),
    costs: z.record(z.string(), QueryCost).describe('By key: latencyMs, energyMj, macs, …'),
    candidate: z.string().nullable().describe('Path of the candidate; null for a row of a table'),
  })
  .meta({ id: 'QueryArchitecture' });
export type QueryArchitecture = z.infer<typeof QueryArchitecture>;

export const QueryAnswer = z
  .discriminatedUnion('feasible', [
    z.object({
      feasible: z.literal(true),
      best: QueryArchitecture,
      evidence: Evidence.describe('The weakest by which the answer keeps a limit'),
      feasibleCount: z.int(),
      feasibleCountRelation: z.enum(['exact', 'atMost']),
      evaluatedCount: z.int(),
      finalists: z.array(QueryArchitecture).describe('That fit, most accurate first'),
      neighbours: z.object({
        slower: QueryArchitecture.nullable().describe('The least over the limit that is better'),
        faster: QueryArchitecture.nullable().describe('The best of those faster than the answer'),
      }),
      hint: z.string().optional().describe('Where better ones that may fit are still not measured'),
    }),
    z.object({
      feasible: z.literal(false),
      evaluatedCount: z.int(),
      smallest: z
        .record(z.string(), z.number().nullable())
        .describe('Of each limited cost; null where it is not known of any'),
      highestAccuracy: z.number().nullable(),
      hint: z.string(),
    }),
  ])
  .meta({ id: 'QueryAnswer' });
export type QueryAnswer = z.infer<typeof QueryAnswer>;

export const HardwareQueryView = z
  .object({
    id: z.uuid(),
    profile: HardwareProfileId,
    version: z.int().describe('Of the profile when it was asked'),
    state: z.enum(['measuring', 'answered']),
    query: CreateHardwareQuery,
    answer: QueryAnswer.nullable(),
    createdAt: z.iso.datetime(),
    answeredAt: z.iso.datetime().nullable(),
    pollAfterMs: z.int(),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'HardwareQuery' });
export type HardwareQueryView = z.infer<typeof HardwareQueryView>;
