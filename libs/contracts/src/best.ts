/** @file The mission query: the best architecture within hard limits. */
import { z } from 'zod';
import { CandidateView, CostView } from './candidate';
import { CostKey, type OwnCost, type ProfileMetric } from './cost';

const limit = (what: string) =>
  z.coerce
    .number({ error: `${what} must be a number` })
    .positive(`${what} must be positive`)
    .optional();

/** Limits on costs of a hardware profile, where one is named. */
const profileLimits = {
  maxLatencyMs: 'latencyMs',
  maxEnergyMj: 'energyMj',
  maxMemoryBytes: 'memoryBytes',
} as const satisfies Readonly<Record<string, ProfileMetric>>;
/** Limits on a candidate's own costs; `maxLatencyMs` is one where no profile is named. */
const ownLimits = { maxMacs: 'macs', maxParams: 'paramCount' } as const satisfies Readonly<
  Record<string, OwnCost>
>;

export const BestQuery = z
  .strictObject({
    maxLatencyMs: limit('maxLatencyMs').describe(
      'On the hardware profile, or without one on the search’s own worker',
    ),
    maxEnergyMj: limit('maxEnergyMj').describe('Needs a hardware profile'),
    maxMemoryBytes: limit('maxMemoryBytes').describe('Needs a hardware profile'),
    maxMacs: limit('maxMacs'),
    maxParams: limit('maxParams'),
    minAccuracy: z.coerce
      .number({ error: 'minAccuracy must be a number' })
      .gt(0, 'minAccuracy is a fraction above 0')
      .max(1, 'minAccuracy is a fraction of at most 1')
      .optional()
      .describe('Of what the answer is ordered by, as a fraction'),
    hardware: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a hardware profile: a-z, 0-9 and -')
      .optional()
      .describe('Id of the hardware profile whose costs are limited'),
    orderBy: z.enum(['accuracy', 'predictedAccuracy']).default('accuracy'),
    evidence: z
      .enum(['measured', 'any'])
      .default('measured')
      .describe('measured: a cost that was only predicted keeps no limit'),
  })
  .superRefine(({ hardware, ...asked }, context) => {
    if (hardware !== undefined) return;
    for (const name of ['maxEnergyMj', 'maxMemoryBytes'] as const) {
      if (asked[name] === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `${name} needs a hardware profile: name it by hardware`,
      });
    }
  })
  .meta({ id: 'BestQuery' });
export type BestQuery = z.infer<typeof BestQuery>;

/** The limits of a query by the cost they are on. */
export function limitsOf(query: BestQuery): { cost: CostKey; max: number }[] {
  const on = (cost: ProfileMetric): CostKey =>
    // the schema refuses the other two metrics without a profile
    query.hardware === undefined ? 'latencyMs' : `${cost}@${query.hardware}`;
  const limits = [
    ...Object.entries(profileLimits).map(([name, cost]) => [name, on(cost)] as const),
    ...Object.entries(ownLimits),
  ];
  return limits.flatMap(([name, cost]) => {
    const max = query[name as keyof typeof profileLimits | keyof typeof ownLimits];
    return max === undefined ? [] : [{ cost, max }];
  });
}

const limits = z.object({
  maxLatencyMs: z.number().optional(),
  maxEnergyMj: z.number().optional(),
  maxMemoryBytes: z.number().optional(),
  maxMacs: z.number().optional(),
  maxParams: z.number().optional(),
  minAccuracy: z.number().optional(),
  hardware: z.string().optional(),
});

const asked = {
  limits,
  orderBy: z.enum(['accuracy', 'predictedAccuracy']),
  evidence: z.enum(['measured', 'any']),
};

export const Feasible = z.object({
  feasible: z.literal(true),
  ...asked,
  /** Best of those that fit; fits = every cost is within its limit, by the evidence asked for. */
  candidate: CandidateView,
  latency: CostView.extend({ cost: CostKey })
    .nullable()
    .describe('Of the answer, where the limit is: on the hardware profile or the worker'),
  feasibleCount: z.int(),
  feasibleCountRelation: z
    .enum(['exact', 'atMost'])
    .describe('atMost: several limits that each leave many; no more than feasibleCount fit'),
  evaluatedCount: z.int(),
  alternatives: z.object({
    /** The fastest of those over the latency limit that are better; null where none was found. */
    slower: CandidateView.nullable(),
    /** The best of those faster than the answer; null where none is. */
    faster: CandidateView.nullable(),
  }),
});

export const Infeasible = z.object({
  feasible: z.literal(false),
  ...asked,
  evaluatedCount: z.int(),
  /** By the evidence asked for; null where no candidate has such a cost. */
  smallest: z.object({
    latencyMs: z.number().nullable(),
    energyMj: z.number().nullable().optional(),
    memoryBytes: z.number().nullable().optional(),
    macs: z.number().nullable(),
    paramCount: z.int().nullable(),
  }),
  highestAccuracy: z.number().nullable(),
  hint: z.string(),
});

export const BestView = z
  .discriminatedUnion('feasible', [Feasible, Infeasible])
  .meta({ id: 'Best' });
export type BestView = z.infer<typeof BestView>;
