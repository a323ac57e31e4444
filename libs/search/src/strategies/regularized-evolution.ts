/** @file Regularized (ageing) evolution: the oldest member dies, not the worst. */
import { z } from 'zod';
import { compareResults, Result } from '../result';
import { acceptedSample, firstFresh } from '../seen';
import { defineStrategy } from '../strategy';
import { mutateCount } from '../variation';

const mutationTries = 100;

/**
 * Tournament, one mutation per child, death by age (= order of arrival). One choice changes, to another value.
 * @see Real et al. 2019, arXiv:1802.01548, Algorithm 1 — defaults are the paper's P and S
 * @see Dong et al. 2021, NATS-Bench, arXiv:2009.00437 — P 10, S 3 on NAS-Bench-201
 */
export const regularizedEvolution = defineStrategy({
  name: 'regularized-evolution',
  title: 'Regularized evolution',
  reference: 'arXiv:1802.01548',
  options: z.strictObject({
    populationSize: z.int().min(2).max(10_000).default(100),
    tournamentSize: z.int().min(1).max(10_000).default(25),
  }),
  state: z.strictObject({ population: z.array(Result) }),
  objectives: 'one',
  promises: { noDuplicates: () => false, anyTellOrder: false },
  init: () => ({ population: [] }),

  ask({ state: { population }, options, space, rng, number }) {
    if (number < options.populationSize) return acceptedSample(space, rng) ?? 'infeasible';
    if (population.length === 0) return 'waiting';
    const entrants = Array.from({ length: options.tournamentSize }, () => rng.choice(population));
    const { encoding } = entrants.reduce((best, it) => (compareResults(it, best) < 0 ? it : best));
    const child = firstFresh(space, { [encoding.join()]: 1 }, mutationTries, () =>
      mutateCount(space, encoding, rng, 1),
    );
    return child ?? acceptedSample(space, rng) ?? 'infeasible';
  },
  tell({ state, options }, result) {
    state.population.push(result);
    if (state.population.length > options.populationSize) state.population.shift();
  },
});
