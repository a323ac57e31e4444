/** @file Which children to evaluate: a coarse grid over the space first, then the surroundings of what came out best. */
import type { Rng } from '@sextant/common';
import {
  canonicalHash,
  choices,
  decode,
  macs,
  meetsLimits,
  neighbours,
  sample,
  type Architecture,
  type SearchSpace,
} from '@sextant/search-space';
import type { Proposal, Scored } from '../method';
import { takeNew } from '../take-new';

/** Fraction of the budget spent on the coarse grid. */
const coarseFraction = 0.5;
/** Refinement looks at the front again after this many evaluations. */
const fineBatch = 4;
const drawsBeforeGivingUp = 200;

/**
 * Coarse: resolution, width, depth, kernel and expansion each at their ends (resolution at every value), all stages
 * alike. Fine: one choice up or down from the members of the accuracy/MACs front.
 * @see Yu et al. 2020, BigNAS, arXiv:2003.11142 §3.5 — coarse-to-fine architecture selection
 */
export function propose(
  { space, limits, budget }: Pick<Proposal<unknown>, 'space' | 'limits' | 'budget'>,
  evaluated: readonly Scored[],
  rng: Rng,
): Architecture[] {
  const family = {
    hash: (architecture: Architecture) => canonicalHash(space, architecture),
    meetsLimits: (architecture: Architecture) => meetsLimits(space, architecture, limits),
  };
  const take = takeNew(family, limits, evaluated);
  const left = budget - evaluated.length;
  if (left <= 0) return [];
  const coarse = Math.ceil(budget * coarseFraction);
  if (evaluated.length < coarse) {
    const grid = take(rng.shuffle(coarseGrid(space)), coarse - evaluated.length);
    if (grid.length > 0) return grid;
  }
  const around = frontOf(space, evaluated).flatMap((architecture) =>
    neighbours(space, architecture),
  );
  const fine = take(rng.shuffle(around), Math.min(left, fineBatch));
  return fine.length > 0 ? fine : take(draws(space, rng), Math.min(left, fineBatch));
}

function* draws(space: SearchSpace, rng: Rng): Generator<Architecture> {
  for (let draw = 0; draw < drawsBeforeGivingUp; draw++) yield sample(space, rng);
}

/** Every combination of the ends of each kind of choice, with all resolutions. */
function coarseGrid(space: SearchSpace): Architecture[] {
  const kinds = ['width', 'depth', 'kernel', 'expansion'] as const;
  const all = choices(space);
  const kindOf = (id: string) => kinds.find((kind) => id.endsWith(kind));
  return space.resolution.flatMap((_, resolution) =>
    Array.from({ length: 2 ** kinds.length }, (_unused, corner) =>
      decode(
        space,
        all.map(({ id, values }) => {
          if (id === 'resolution') return resolution;
          const kind = kindOf(id);
          const high = kind !== undefined && ((corner >> kinds.indexOf(kind)) & 1) === 1;
          return high ? values.length - 1 : 0;
        }),
      ),
    ),
  );
}

/** Children that no other beats in both accuracy and MACs, cheapest first. */
function frontOf(space: SearchSpace, evaluated: readonly Scored[]): Architecture[] {
  const byCost = evaluated
    .map((scored) => ({ ...scored, cost: macs(space, scored.architecture) }))
    .sort((a, b) => a.cost - b.cost || b.accuracy - a.accuracy);
  let best = -Infinity;
  return byCost.flatMap(({ architecture, accuracy }) => {
    if (accuracy <= best) return [];
    best = accuracy;
    return [architecture];
  });
}
