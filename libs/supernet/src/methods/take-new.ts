/** @file Children that are worth an evaluation: within the limits, and none that was evaluated before. */
import type { CostLimits } from '@sextant/search-space';
import type { Family } from '../families';
import type { Scored } from './method';

/** Takes up to `count` of the candidates it is given, each network once over all its calls. */
export function takeNew<A>(
  family: Pick<Family<A>, 'hash' | 'meetsLimits'>,
  limits: CostLimits,
  evaluated: readonly Scored<A>[],
): (candidates: Iterable<A>, count: number) => A[] {
  const seen = new Set(evaluated.map(({ architecture }) => family.hash(architecture)));
  return (candidates, count) => {
    const taken: A[] = [];
    for (const candidate of candidates) {
      if (taken.length >= count) break;
      const hash = family.hash(candidate);
      if (seen.has(hash) || !family.meetsLimits(candidate, limits)) continue;
      seen.add(hash);
      taken.push(candidate);
    }
    return taken;
  };
}
