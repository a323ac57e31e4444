/** @file What an architecture costs: the keys by which a cost is limited, sorted by, or an objective. */
import { z } from 'zod';

/** Costs that belong to a hardware profile, in the unit of their name. */
export const ProfileMetric = z.enum(['latencyMs', 'energyMj', 'memoryBytes']);
export type ProfileMetric = z.infer<typeof ProfileMetric>;

const profile = '[a-z0-9][a-z0-9-]{0,62}';

/** A cost on the hardware profile named behind the @, as in `latencyMs@pixel3`. */
export const ProfileCost = z
  .string()
  .regex(
    new RegExp(`^(${ProfileMetric.options.join('|')})@${profile}$`),
    `a cost of a hardware profile: ${ProfileMetric.options.join(', ')}, then @ and its id`,
  );

/** A cost every candidate may have: counted from its architecture, or timed by the search's own worker. */
export const OwnCost = z.enum(['macs', 'paramCount', 'latencyMs']);
export type OwnCost = z.infer<typeof OwnCost>;

export const CostKey = z
  .union([OwnCost, ProfileCost], {
    error: `a cost: ${OwnCost.options.join(', ')}, or one of a hardware profile as in latencyMs@pixel3`,
  })
  .meta({ id: 'CostKey' });
export type CostKey = OwnCost | `${ProfileMetric}@${string}`;

/** What a list of candidates is in the order of: best accuracy first, or smallest cost first. */
export const SortKey = z
  .union([z.enum(['accuracy', 'predictedAccuracy', 'score']), OwnCost, ProfileCost], {
    error: `accuracy, predictedAccuracy, score, ${OwnCost.options.join(', ')}, or a cost as in latencyMs@pixel3`,
  })
  .meta({ id: 'SortKey' });
export type SortKey = 'accuracy' | 'predictedAccuracy' | 'score' | CostKey;

export const Evidence = z
  .enum(['measured', 'simulated', 'estimated', 'predicted', 'counted'])
  .meta({
    id: 'Evidence',
    description:
      'measured on the device; simulated or estimated: of the very network, from a table that a simulator or a formula ' +
      'made; predicted by a model; counted from the architecture. A limit is kept by all of them but predicted',
  });
export type Evidence = z.infer<typeof Evidence>;

/** How the numbers of a hardware profile came about. */
export const ValueOrigin = z.enum(['device', 'simulator', 'estimate']);
export type ValueOrigin = z.infer<typeof ValueOrigin>;

/** What a number of a profile is about the network it is of. */
export const evidenceOf = (origin: ValueOrigin = 'device'): Evidence =>
  (({ device: 'measured', simulator: 'simulated', estimate: 'estimated' }) as const)[origin];

/** The weakest first, so that an answer can say by what it keeps its limits. */
export const byStrength: readonly Evidence[] = [
  'predicted',
  'estimated',
  'simulated',
  'measured',
  'counted',
];

/** One cost of one candidate, on one hardware profile; or its predicted accuracy, as a fraction. */
export const CandidateCost = z.strictObject({
  candidateId: z.string().regex(/^[0-9a-f]{32}$/, 'a candidate id: 32 hexadecimal digits'),
  cost: z.union([ProfileCost, z.literal('predictedAccuracy')]),
  value: z.number().nonnegative(),
  lower: z.number(),
  upper: z.number(),
  evidence: Evidence,
  /** Runs behind a measurement; 0 for a prediction. */
  n: z.int().nonnegative(),
  /** Batch, threads, precision, runtime, date of a measurement; the model behind a prediction. */
  conditions: z.record(z.string(), z.unknown()),
});
export type CandidateCost = z.infer<typeof CandidateCost>;
