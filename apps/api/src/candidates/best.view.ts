/** @file From the best stored candidate to the answer of the mission query. */
import type { BestQuery, BestView } from '@sextant/contracts';
import type { BestAnswer } from '@sextant/persistence';
import { candidateView } from './candidate.view';

type Infeasible = Extract<BestAnswer, { feasible: false }>;

const unknownOr = (value: number | null, unit: string): string =>
  value === null ? `not measured yet (${unit})` : `${value} ${unit}`;

/** What to do when nothing fits, in words. */
export function hintFor({ evaluatedCount, smallest }: Infeasible): string {
  if (evaluatedCount === 0) return 'no candidate has been evaluated yet; ask again later';
  const values = [
    unknownOr(smallest.latencyMs, 'ms'),
    unknownOr(smallest.macs, 'MACs'),
    unknownOr(smallest.paramCount, 'parameters'),
  ];
  return (
    `none of ${evaluatedCount} evaluated candidates fits every limit; ` +
    `the smallest of each kind: ${values.join(', ')}`
  );
}

export function bestView(limits: BestQuery, best: BestAnswer): BestView {
  if (!best.feasible) return { ...best, limits, hint: hintFor(best) };
  const { candidate, feasibleCount, evaluatedCount, slower, faster } = best;
  return {
    feasible: true,
    limits,
    candidate: candidateView(candidate),
    feasibleCount,
    evaluatedCount,
    alternatives: {
      slower: slower && candidateView(slower),
      faster: faster && candidateView(faster),
    },
  };
}
