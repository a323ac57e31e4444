/** @file Scoring architectures before any training: what a user may ask for, and what one architecture is worth. */
import { z } from 'zod';
import { Architecture, CandidateId, ProxyScore } from './candidate';

/** Which proxies there are is known where they are computed; a name that is none is refused there. */
export const ProxyName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'the name of a proxy: a-z, 0-9, _ and -');

const distinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

const ProxyNames = z.array(ProxyName).max(32).refine(distinct, 'names a proxy twice');

/**
 * What orders the list. By one proxy, in its own direction; or by several, from their ranks within the search
 * (m = best of m, 1 = worst): `mean-rank` is their mean, `log-rank` Σ log(rank / m), which one bad rank pulls down.
 * @see Lee and Ham 2024, AZ-NAS, arXiv:2403.19232, eq. 10 — log-rank
 */
export const Ranking = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('proxy'), proxy: ProxyName }),
  z.strictObject({ by: z.enum(['mean-rank', 'log-rank']), proxies: ProxyNames.optional() }),
]);
export type Ranking = z.infer<typeof Ranking>;

/** One architecture as a user writes it: a cell's official string, or the sizes of a network. */
const GivenArchitecture = z.union([z.string().max(200), Architecture]);
export type GivenArchitecture = z.infer<typeof GivenArchitecture>;

/** Scores architectures before any training. */
export const ZeroCostOptions = z
  .strictObject({
    proxies: ProxyNames.min(1).default(['grad_norm', 'snip', 'synflow']),
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
  })
  .superRefine(({ proxies, ranking }, context) => {
    const needed = ranking.by === 'proxy' ? [ranking.proxy] : (ranking.proxies ?? []);
    for (const proxy of needed) {
      if (proxies.includes(proxy)) continue;
      const path = ['ranking', ranking.by === 'proxy' ? 'proxy' : 'proxies'];
      context.addIssue({ code: 'custom', path, message: `${proxy} is not among the proxies` });
    }
  });
export type ZeroCostOptions = z.infer<typeof ZeroCostOptions>;

/** The proxies whose ranks decide, in the order of the search. */
export function rankedProxies({ proxies, ranking }: ZeroCostOptions): readonly string[] {
  if (ranking.by === 'proxy') return [ranking.proxy];
  return proxies.filter((name) => ranking.proxies?.includes(name) ?? true);
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
