/** @file A query to a hardware profile about a search, as the candidates' repository is asked. */
import type { CostKey, CreateHardwareQuery } from '@sextant/contracts';
import type { BestRequest, Limit, Unmeasured } from '@sextant/persistence';
import { limitsOn } from './table-answers';

type Question = Pick<
  CreateHardwareQuery,
  'limits' | 'minAccuracy' | 'orderBy' | 'finalists' | 'measure'
>;

const latencyOn = (profileId: string): CostKey => `latencyMs@${profileId}`;

/** Where finalists may be measured, a limit is kept by measurements only. */
export function bestRequestOf(profileId: string, query: Question): BestRequest {
  const limits: Limit[] = Object.entries(limitsOn(profileId, query.limits)).map(([cost, max]) => ({
    cost: cost as CostKey,
    max,
  }));
  return {
    limits,
    minAccuracy: query.minAccuracy ?? null,
    ranking: query.orderBy,
    evidence: query.measure ? 'measured' : 'any',
    latency: latencyOn(profileId),
    smallestOf: limits.map(({ cost }) => cost),
  };
}

/** Null where no measurement would change the answer: none is wanted, or no latency is limited. */
export function unmeasuredOf(
  profileId: string,
  query: Question,
  before: string | null,
  since: Date | null,
): Unmeasured | null {
  const { latencyMs } = query.limits;
  if (!query.measure || latencyMs === undefined) return null;
  const { limits, minAccuracy, ranking } = bestRequestOf(profileId, query);
  const others = limits.filter(({ cost }) => cost !== latencyOn(profileId));
  return {
    profile: profileId,
    maxLatencyMs: latencyMs,
    others,
    minAccuracy,
    ranking,
    before,
    since,
    count: query.finalists,
  };
}
