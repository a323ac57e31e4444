/** @file The mission query: the best architecture within hard limits. */
import { z } from 'zod';
import { CandidateView } from './candidate';

const limit = (what: string) =>
  z.coerce
    .number({ error: `${what} must be a number` })
    .positive(`${what} must be positive`)
    .optional();

export const BestQuery = z
  .strictObject({
    maxLatencyMs: limit('maxLatencyMs'),
    maxMacs: limit('maxMacs'),
    maxParams: limit('maxParams'),
  })
  .meta({ id: 'BestQuery' });
export type BestQuery = z.infer<typeof BestQuery>;

const limits = z.object({
  maxLatencyMs: z.number().optional(),
  maxMacs: z.number().optional(),
  maxParams: z.number().optional(),
});

export const Feasible = z.object({
  feasible: z.literal(true),
  limits,
  /** Highest validation accuracy of those that fit; fits = median latency within the limit. */
  candidate: CandidateView,
  feasibleCount: z.int(),
  evaluatedCount: z.int(),
  alternatives: z.object({
    /** The fastest of those over the latency limit that are more accurate; null where none is. */
    slower: CandidateView.nullable(),
    /** The most accurate of those faster than the answer; null where none is. */
    faster: CandidateView.nullable(),
  }),
});

export const Infeasible = z.object({
  feasible: z.literal(false),
  limits,
  evaluatedCount: z.int(),
  smallest: z.object({
    latencyMs: z.number().nullable(),
    macs: z.number().nullable(),
    paramCount: z.int().nullable(),
  }),
  hint: z.string(),
});

export const BestView = z
  .discriminatedUnion('feasible', [Feasible, Infeasible])
  .meta({ id: 'Best' });
export type BestView = z.infer<typeof BestView>;
