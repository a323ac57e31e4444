/** @file Scoring architectures before any training: what a user may ask for, and what one architecture is worth. */
import { z } from 'zod';
import { CostLimits } from './benchmark-search';
import { Architecture, CandidateId, ProxyScore } from './candidate';

/** Which proxies there are is known where they are computed; a name that is none is refused there. */
export const ProxyName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'the name of a proxy: a-z, 0-9, _ and -');

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

const ProxyNames = z.array(ProxyName).max(32).refine(distinct, 'names a proxy twice');

/**
 * What orders the list. By one proxy, in its own direction; or by several, from their ranks within the search
 * (m = best of m, 1 = worst): `mean-rank` is their mean, `log-rank` Σ log(rank / m), which one bad rank pulls down, `az-nas` that of the
 * components of AZ-NAS and MACs; `vote` counts whom an architecture beats less whom it loses to, by the majority of proxies.
 * @see Lee and Ham 2024, AZ-NAS, arXiv:2403.19232, eq. 10 — log-rank, az-nas
 * @see Abdelfattah et al. 2021, arXiv:2101.08134 §3.4 — vote
 */
export const Ranking = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('proxy'), proxy: ProxyName }),
  z.strictObject({
    by: z.enum(['mean-rank', 'log-rank']),
    proxies: ProxyNames.min(1)
      .optional()
      .describe(
        'Default: params, nwot, synflow and jacob_cov where all four are computed, else all',
      ),
  }),
  z.strictObject({
    by: z.literal('vote'),
    proxies: ProxyNames.min(1).default(['synflow', 'jacob_cov', 'snip']),
  }),
  z.strictObject({ by: z.literal('az-nas') }),
]);
export type Ranking = z.infer<typeof Ranking>;

/** One architecture as a user writes it: a cell's official string, or the sizes of a network. */
const GivenArchitecture = z.union([z.string().max(200), Architecture]);
export type GivenArchitecture = z.infer<typeof GivenArchitecture>;

/** Their mean rank orders NAS-Bench-201 best of what one forward and backward gives. */
export const bestRanked: readonly string[] = ['params', 'nwot', 'synflow', 'jacob_cov'];

/** What the best mean rank and ParZC read: one forward, a backward each of the loss and of the logits, and one of the flow. */
export const defaultProxies: readonly string[] = [
  ...['params', 'grad_norm', 'snip', 'plain', 'synflow', 'flow', 'nwot', 'jacob_cov'],
  ...['input_correlation', 'input_gradient', 'logit_spread', 'agreement', 'effective_rank'],
  'power',
];

const azNas: readonly string[] = [
  ...['az_expressivity', 'az_progressivity', 'az_trainability', 'macs'],
];

/** Proxies that a ranking names, whichever else are computed. */
function namedBy(ranking: Ranking): readonly string[] {
  switch (ranking.by) {
    case 'proxy':
      return [ranking.proxy];
    case 'az-nas':
      return azNas;
    default:
      return ranking.proxies ?? [];
  }
}

/** Scores architectures before any training. Proxies that the ranking names are computed too. */
export const ZeroCostOptions = z
  .strictObject({
    proxies: ProxyNames.min(1).default([...defaultProxies]),
    architectures: z
      .union([
        z.int().min(1).max(100_000),
        z.literal('all'),
        z.array(GivenArchitecture).min(1).max(10_000),
      ])
      .default(1000)
      .describe(
        'How many to draw, `all` of an enumerable space, or a list; equal networks are scored once',
      ),
    batchSize: z.int().min(2).max(512).default(64).describe('Training images in one batch'),
    shardSize: z
      .int()
      .min(1)
      .max(4096)
      .default(256)
      .describe('Architectures a worker takes at a time'),
    ranking: Ranking.default({ by: 'mean-rank' }),
    limits: CostLimits.default({}).describe(
      'Upper limits, as on latencyMs@pixel3: what is above one, or whose cost is not known, is not scored',
    ),
  })
  .overwrite((options) => ({
    ...options,
    proxies: [...new Set([...options.proxies, ...namedBy(options.ranking)])],
  }));
export type ZeroCostOptions = z.infer<typeof ZeroCostOptions>;

/** The proxies whose ranks decide, in the order of the search. */
export function rankedProxies({ proxies, ranking }: ZeroCostOptions): readonly string[] {
  const named = namedBy(ranking);
  if (named.length > 0) return proxies.filter((name) => named.includes(name));
  const hasBest = bestRanked.every((name) => proxies.includes(name));
  return hasBest ? proxies.filter((name) => bestRanked.includes(name)) : proxies;
}

/** One proxy of a search: its place in the stored scores, and whether more is better. */
export interface RankedProxy {
  readonly position: number;
  readonly direction: 'maximize' | 'minimize';
}

/** What a scoring process says of one architecture. */
export const ScoredArchitecture = z.object({
  id: CandidateId,
  encoding: z.array(z.int()),
  architecture: Architecture,
  macs: z.number(),
  paramCount: z.int(),
  scores: z.record(ProxyName, ProxyScore),
  /** One number for each convolution and linear layer: base64 of little-endian float64. */
  nodes: z.record(ProxyName, z.base64()),
});
export type ScoredArchitecture = z.infer<typeof ScoredArchitecture>;

/** A learnt accuracy, never a measured one. */
export const PredictedValue = z
  .object({
    value: z.number(),
    lower: z.number().nullable(),
    upper: z.number().nullable(),
    predictor: z.int(),
    evidence: z.literal('predicted'),
  })
  .meta({ id: 'PredictedValue' });

/** One architecture of a zero-cost search. */
export const ScoredView = z
  .object({
    id: CandidateId,
    rank: z.int().describe('1 = best by what the list is ordered by; ties by fewer MACs, then id'),
    architecture: Architecture,
    encoding: z.array(z.int()),
    macs: z.number(),
    paramCount: z.int(),
    score: z.number().nullable().describe('The ranking’s; null where its only proxy failed'),
    proxies: z.record(z.string(), ProxyScore),
    predicted: PredictedValue.nullable().describe('By the predictor asked for, else the newest'),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'ScoredArchitecture' });
export type ScoredView = z.infer<typeof ScoredView>;

export const ScoredPage = z
  .object({ items: z.array(ScoredView), nextCursor: z.string().nullable() })
  .meta({ id: 'ScoredPage' });
export type ScoredPage = z.infer<typeof ScoredPage>;

/** What a zero-cost search came to. */
export const ZeroCostSummary = z
  .object({
    architectures: z.object({
      requested: z.int(),
      distinct: z.int().describe('After equal networks were made one'),
      duplicates: z.int(),
      scored: z.int(),
    }),
    /** Architectures whose score could not be had, by proxy and code. */
    failures: z.record(z.string(), z.record(z.string(), z.int())),
    shards: z.object({
      total: z.int(),
      done: z.int(),
      /** Given up after three crashes without progress: their architectures lack a score. */
      quarantined: z.int(),
    }),
    seconds: z.number().describe('From the first lease of the search to its end'),
  })
  .meta({ id: 'ZeroCostSummary' });
export type ZeroCostSummary = z.infer<typeof ZeroCostSummary>;
