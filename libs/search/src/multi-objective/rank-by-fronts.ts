/** @file Results in NSGA-II's order: limits first, then fronts, then crowding. */
import type { Result } from '../result';
import { crowdingDistance } from './crowding-distance';
import { nonDominatedSort } from './non-dominated-sort';

export interface Ranked {
  readonly result: Result;
  readonly front: number;
  readonly crowding: number;
}

/** What breaks limits, in groups of equal violation, the smallest first: each is a front of its own. */
function byViolation(results: readonly Result[]): Result[][] {
  const groups = new Map<number, Result[]>();
  for (const result of [...results].sort((a, b) => a.violation - b.violation)) {
    const group = groups.get(result.violation) ?? [];
    groups.set(result.violation, [...group, result]);
  }
  return [...groups.values()];
}

/**
 * Best first. What meets the limits comes before what does not; a smaller violation before a larger one.
 * @see Deb et al. 2002, NSGA-II, doi:10.1109/4235.996017 §VI — constrained domination
 */
export function rankByFronts(results: readonly Result[]): Ranked[] {
  const feasible = results.filter(({ violation }) => violation === 0);
  const fronts = nonDominatedSort(feasible.map(({ objectives }) => objectives)).map((front) =>
    front.map((at) => feasible[at] as Result),
  );
  const broken = byViolation(results.filter(({ violation }) => violation > 0));
  return [...fronts, ...broken].flatMap((members, front) => {
    const distances = crowdingDistance(members.map(({ objectives }) => objectives));
    return members
      .map((result, at) => ({ result, front, crowding: distances[at] as number }))
      .sort((a, b) => b.crowding - a.crowding || a.result.number - b.result.number);
  });
}
