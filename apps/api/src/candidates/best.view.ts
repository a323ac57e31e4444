/** @file From the best stored candidate to the answer of the mission query. */
import { limitsOf, type BestQuery, type BestView, type CostKey } from '@sextant/contracts';
import type { BestAnswer, BestRequest, StoredCandidate } from '@sextant/persistence';
import { candidateView, latencyOf } from './candidate.view';

type Infeasible = Extract<BestAnswer, { feasible: false }>;
type Smallest = Extract<BestView, { feasible: false }>['smallest'];

const latencyKey = ({ hardware }: BestQuery): CostKey =>
  hardware === undefined ? 'latencyMs' : `latencyMs@${hardware}`;

const onProfile = ({ hardware }: BestQuery): CostKey[] =>
  hardware === undefined ? [] : [`energyMj@${hardware}`, `memoryBytes@${hardware}`];

/** What the repository is asked. */
export const bestRequest = (query: BestQuery): BestRequest => ({
  limits: limitsOf(query),
  minAccuracy: query.minAccuracy ?? null,
  ranking: query.orderBy,
  evidence: query.evidence,
  latency: latencyKey(query),
  smallestOf: [latencyKey(query), 'macs', 'paramCount', ...onProfile(query)],
});

function smallestOf(query: BestQuery, { smallest }: Infeasible): Smallest {
  const of = (cost: CostKey): number | null => smallest[cost] ?? null;
  const { hardware } = query;
  return {
    latencyMs: of(latencyKey(query)),
    macs: of('macs'),
    paramCount: of('paramCount'),
    ...(hardware !== undefined && {
      energyMj: of(`energyMj@${hardware}`),
      memoryBytes: of(`memoryBytes@${hardware}`),
    }),
  };
}

const unitOf: Readonly<Record<keyof Smallest, string>> = {
  latencyMs: 'ms',
  energyMj: 'mJ',
  memoryBytes: 'bytes',
  macs: 'MACs',
  paramCount: 'parameters',
};

const unknownOr = (value: number | null, unit: string): string =>
  value === null ? `not measured yet (${unit})` : `${value} ${unit}`;

/** What to do when nothing fits, in words. */
export function hintFor(
  query: BestQuery,
  { evaluatedCount, highestAccuracy }: Infeasible,
  smallest: Smallest,
): string {
  if (evaluatedCount === 0) return 'no candidate has been evaluated yet; ask again later';
  const values = Object.entries(unitOf).flatMap(([key, unit]) => {
    const value = smallest[key as keyof Smallest];
    return value === undefined ? [] : [unknownOr(value, unit)];
  });
  const accuracy =
    query.minAccuracy === undefined ? '' : `; the highest accuracy: ${highestAccuracy ?? 'none'}`;
  return (
    `none of ${evaluatedCount} evaluated candidates fits every limit; ` +
    `the smallest of each kind: ${values.join(', ')}${accuracy}`
  );
}

type Latency = Extract<BestView, { feasible: true }>['latency'];

function latencyOn(query: BestQuery, candidate: StoredCandidate): Latency {
  const cost = latencyKey(query);
  const known = query.hardware === undefined ? latencyOf(candidate) : candidate.costs[cost];
  return known ? { cost, ...known } : null;
}

export function bestView(query: BestQuery, best: BestAnswer): BestView {
  const { orderBy, evidence, ...limits } = query;
  const asked = { limits, orderBy, evidence };
  if (!best.feasible) {
    const { evaluatedCount, highestAccuracy } = best;
    const smallest = smallestOf(query, best);
    const hint = hintFor(query, best, smallest);
    return { feasible: false, ...asked, evaluatedCount, smallest, highestAccuracy, hint };
  }
  const { candidate, slower, faster } = best;
  return {
    feasible: true,
    ...asked,
    candidate: candidateView(candidate),
    latency: latencyOn(query, candidate),
    feasibleCount: best.feasibleCount,
    feasibleCountRelation: best.isExact ? 'exact' : 'atMost',
    evaluatedCount: best.evaluatedCount,
    alternatives: {
      slower: slower && candidateView(slower),
      faster: faster && candidateView(faster),
    },
  };
}
