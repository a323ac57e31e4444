/** @file What paths cost on a device: a number for every candidate, and their expectation. */
import { NonFiniteError } from '@sextant/common';
import type { Architecture, SearchSpace } from '@sextant/search-space';
import { architectureOf, type Edge, type Path } from './edges';

/** Costs in one unit (ms, or millions of MACs): what every network has, and every candidate of every edge. */
export interface PathCosts {
  readonly fixed: number;
  /** F(o) by edge and candidate; `zero` costs 0. */
  readonly candidates: readonly (readonly number[])[];
}

/**
 * The costs of candidates under an additive cost of whole networks, such as the sum of a device's block table or MACs:
 * F of a candidate is what the network gains when it takes the place of another one. An edge that cannot be left out counts
 * from its first candidate, the rest being in `fixed`. `costOf` is asked once for every candidate.
 * @throws {NonFiniteError} a cost is not a finite number
 */
export function pathCosts(
  space: SearchSpace,
  edges: readonly Edge[],
  costOf: (architecture: Architecture) => number,
): PathCosts {
  const base = edges.map(({ candidates }) => Math.max(0, candidates.indexOf('zero')));
  const ask = (path: Path): number => {
    const cost = costOf(architectureOf(space, edges, path));
    if (Number.isFinite(cost)) return cost;
    throw new NonFiniteError(`the cost of a network of ${space.name} is ${cost}`);
  };
  const fixed = ask(base);
  const candidates = edges.map(({ candidates: all }, edge) =>
    all.map((_, at) =>
      at === base[edge] ? 0 : ask(base.map((it, e) => (e === edge ? at : it))) - fixed,
    ),
  );
  return { fixed, candidates };
}

/** fixed + Σ over edges of F(o) of the path's operation. */
export const pathCost = ({ fixed, candidates }: PathCosts, path: Path): number =>
  path.reduce((sum, at, edge) => sum + (candidates[edge]?.[at] as number), fixed);

/**
 * E = fixed + Σ over edges Σⱼ pⱼ·F(oⱼ), in the costs' unit. Probabilities by edge and candidate.
 * @see Cai et al. 2019, ProxylessNAS, arXiv:1812.00332 eq. 8
 */
export const expectedCost = (
  { fixed, candidates }: PathCosts,
  probabilities: readonly (readonly number[])[],
): number =>
  candidates.reduce(
    (sum, costs, edge) =>
      sum + costs.reduce((s, cost, at) => s + cost * (probabilities[edge]?.[at] ?? 0), 0),
    fixed,
  );
