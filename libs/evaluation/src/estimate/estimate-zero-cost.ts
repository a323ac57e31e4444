/** @file How long a zero-cost search would take: its work over the rate of earlier ones, where there are any. */
import { InfeasibleConstraintError } from '@sextant/common';
import type { SearchBy, SearchEstimate, ZeroCostSummary } from '@sextant/contracts';
import { planScoring, requireFeasibleScoring, scorableSpace, type CostSources } from '../zero-cost';
import { scoringLimits } from '../zero-cost/limits';
import { zeroCostWork } from './zero-cost-work';

/** An earlier zero-cost search that ended well, with the images that it looked at. */
export interface ScoringReference {
  readonly spec: SearchBy<'zero-cost'>;
  readonly image: Awaited<ReturnType<CostSources['image']>>;
  readonly summary: ZeroCostSummary;
}

/** MACs a second of one core of a shared x86-64 server, over all passes (docs/proxies.md). */
const builtInRate = 20e9;
const builtInSpread = 3;
const leastSpread = 1.3;
/** Of a shard: a process, its session, the data set. */
const secondsPerShard = 3;

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1] ?? builtInRate;

function rateOf({ spec, image, summary }: ScoringReference): number {
  const { scored } = summary.architectures;
  const seconds = Math.max(summary.seconds - secondsPerShard * summary.shards.total, 1);
  return zeroCostWork(spec, scorableSpace(spec.space), image, scored) / seconds;
}

function settle(references: readonly ScoringReference[]): { rate: number; spread: number } {
  const rates = references
    .map(rateOf)
    .filter((rate) => rate > 0)
    .sort((a, b) => a - b);
  if (rates.length === 0) return { rate: builtInRate, spread: builtInSpread };
  const rate = median(rates);
  const farthest = Math.max(rate / (rates[0] ?? rate), (rates.at(-1) ?? rate) / rate);
  return { rate, spread: Math.min(builtInSpread, Math.max(leastSpread, farthest)) };
}

/**
 * What the search would come to: distinct networks × work of its proxies over a rate, and a few seconds a shard, one after
 * another. More workers divide it. The interval is that of `estimateBigNas`.
 */
export async function estimateZeroCost(
  spec: SearchBy<'zero-cost'>,
  sources: CostSources,
  references: readonly ScoringReference[],
  breathe: () => Promise<unknown>,
): Promise<Omit<SearchEstimate, 'devices'>> {
  const limits = Object.entries(scoringLimits(spec));
  const infeasible = await infeasibleFor(spec, sources);
  const plan = infeasible ? null : await planScoring(spec, sources, breathe);
  const distinct = plan?.distinct ?? 0;
  const { rate, spread } = settle(references);
  const space = scorableSpace(spec.space);
  const work = zeroCostWork(spec, space, await sources.image(), distinct);
  const scoring = work / rate + secondsPerShard * (plan?.shards.length ?? 0);
  return {
    feasible: infeasible === null,
    limits: limits.map(([cost, limit]) => {
      const smallest = infeasible?.smallest[cost] ?? null;
      return { cost, limit, smallest, fits: smallest === null ? plan !== null : smallest <= limit };
    }),
    fitting: null,
    candidates: distinct,
    trainings: 0,
    measurements: 0,
    seconds: {
      low: scoring / spread,
      expected: scoring,
      high: scoring * spread,
      phases: { scoring },
    },
    memoryBytes: null,
    basis:
      references.length > 0
        ? `${references.length} earlier zero-cost ${references.length === 1 ? 'search' : 'searches'} of this installation`
        : 'one worker of one core, at a built-in rate: no earlier zero-cost search; good to a factor of 3',
    references: references.length,
  };
}

async function infeasibleFor(
  spec: SearchBy<'zero-cost'>,
  sources: CostSources,
): Promise<InfeasibleConstraintError | null> {
  try {
    await requireFeasibleScoring(spec, sources);
    return null;
  } catch (error) {
    if (error instanceof InfeasibleConstraintError) return error;
    throw error;
  }
}
