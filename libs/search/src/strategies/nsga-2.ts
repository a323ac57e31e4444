/** @file NSGA-II: several objectives at once, towards a whole Pareto front. */
import type { Rng } from '@sextant/common';
import { z } from 'zod';
import type { EncodedSpace, Encoding } from '../encoded-space';
import { askOfGeneration, GenerationState, noGeneration, tellGeneration } from '../generations';
import { rankByFronts, type Ranked } from '../multi-objective/rank-by-fronts';
import type { Result } from '../result';
import { firstFresh, freshSample, noneLeft, remember } from '../seen';
import { defineStrategy } from '../strategy';
import { mutateEach, uniformCrossover } from '../variation';

const childTries = 100;

/** The better of two: lower front, then larger distance. */
function tournament(ranked: readonly Ranked[], rng: Rng): Encoding {
  const [a, b] = [rng.choice(ranked), rng.choice(ranked)];
  const aWins = a.front < b.front || (a.front === b.front && a.crowding >= b.crowding);
  return (aWins ? a : b).result.encoding;
}

function breed(
  space: EncodedSpace,
  ranked: readonly Ranked[],
  crossoverProbability: number,
  rng: Rng,
): Encoding {
  const mother = tournament(ranked, rng);
  const crosses = rng.uniform() < crossoverProbability;
  const mixed = crosses ? uniformCrossover(space, mother, tournament(ranked, rng), rng) : mother;
  return mutateEach(space, mixed, rng, 1 / space.sizes.length);
}

/**
 * Parents and children together, by fronts and, in the front that does not fit whole, by crowding. Uniform crossover;
 * each choice mutates with probability 1/choices, to another value. Nothing is proposed twice, since equal members
 * would have distance 0 and fill a small space with clones.
 * @see Deb et al. 2002, A fast and elitist multiobjective genetic algorithm: NSGA-II, doi:10.1109/4235.996017
 *   Differs: categorical operators in place of SBX and polynomial mutation, which need an order
 */
export const nsga2 = defineStrategy({
  name: 'nsga-2',
  title: 'NSGA-II',
  reference: 'doi:10.1109/4235.996017',
  options: z.strictObject({
    populationSize: z.int().min(2).max(10_000).default(100),
    crossoverProbability: z.number().min(0).max(1).default(0.9),
  }),
  state: GenerationState,
  objectives: 'several',
  promises: { noDuplicates: () => true, anyTellOrder: true },
  init: noGeneration,

  ask({ state, options, space, rng, number }) {
    return askOfGeneration(state, options.populationSize, () => {
      const { population, seen } = state;
      const ranked = rankedOnce(population);
      const child =
        ranked.length === 0
          ? null
          : firstFresh(space, seen, childTries, () =>
              breed(space, ranked, options.crossoverProbability, rng),
            );
      const found = child ?? freshSample(space, seen, rng);
      return found ? remember(seen, found) : noneLeft(number);
    });
  },
  tell({ state, options }, result) {
    tellGeneration(state, options.populationSize, result, (members) =>
      rankByFronts(members)
        .slice(0, options.populationSize)
        .map((it) => it.result),
    );
  },
});

/** Ranks of a population, worked out once for all its children. */
const ranks = new WeakMap<readonly Result[], readonly Ranked[]>();
function rankedOnce(population: readonly Result[]): readonly Ranked[] {
  const known = ranks.get(population);
  if (known) return known;
  const ranked = rankByFronts(population);
  ranks.set(population, ranked);
  return ranked;
}
