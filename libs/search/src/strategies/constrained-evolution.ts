/** @file Evolution under hard limits: what breaks a limit is never proposed, and nothing is proposed twice. */
import type { Rng } from '@sextant/common';
import { z } from 'zod';
import type { EncodedSpace, Encoding } from '../encoded-space';
import { askOfGeneration, GenerationState, noGeneration, tellGeneration } from '../generations';
import { compareResults, type Result } from '../result';
import { acceptedSample, firstFresh, freshSample, noneLeft, remember, type Seen } from '../seen';
import { defineStrategy, type NoEncoding } from '../strategy';
import { mutateCount, redrawEach, uniformCrossover } from '../variation';

const Options = z.strictObject({
  populationSize: z.int().min(2).max(10_000).default(100),
  /** Share of a population that becomes parents, and stays. */
  parentRatio: z.number().min(0.01).max(1).default(0.5),
  /** Share of children that are mutants; the others are crossovers. */
  mutationRatio: z.number().min(0).max(1).default(0.5),
  /** `forced`: never twice, every mutant differs. `ofa`: Once-for-All's operators, clones and all. */
  operators: z.enum(['forced', 'ofa']).default('forced'),
  /** `forced`: share of mutants in which two choices change, not one. */
  doubleMutation: z.number().min(0).max(1).default(0.6),
  /** `ofa`: with what probability each choice is drawn anew. */
  redrawProbability: z.number().min(0).max(1).default(0.1),
  /** Proposals of one kind before the next kind is tried. */
  tries: z.int().min(1).max(100_000).default(50),
});
type Options = z.infer<typeof Options>;

interface Breeding {
  readonly space: EncodedSpace;
  readonly seen: Seen;
  readonly options: Options;
  readonly parents: readonly Result[];
  readonly rng: Rng;
}

const mutant = ({ space, options, parents, rng }: Breeding): Encoding => {
  const { encoding } = rng.choice(parents);
  if (options.operators === 'ofa') {
    return redrawEach(space, encoding, rng, options.redrawProbability);
  }
  return mutateCount(space, encoding, rng, rng.uniform() < options.doubleMutation ? 2 : 1);
};

const cross = ({ space, parents, rng }: Breeding): Encoding =>
  uniformCrossover(space, rng.choice(parents).encoding, rng.choice(parents).encoding, rng);

/** Crossover, else mutation, else a draw: whichever first gives what is accepted and new. */
function child(breeding: Breeding, mutates: boolean): Encoding | null {
  const { space, seen, options, rng } = breeding;
  const kinds = mutates ? [mutant] : [cross, mutant];
  for (const kind of kinds) {
    const found = firstFresh(space, seen, options.tries, () => kind(breeding));
    if (found) return found;
  }
  return freshSample(space, seen, rng);
}

function propose(breeding: Breeding, memberOf: number, number: number): Encoding | NoEncoding {
  const { space, seen, options, parents, rng } = breeding;
  const repeats = options.operators === 'ofa';
  if (parents.length === 0) {
    const drawn = repeats ? acceptedSample(space, rng) : freshSample(space, seen, rng);
    return drawn ?? noneLeft(number);
  }
  const mutates = memberOf < Math.round(options.mutationRatio * options.populationSize);
  return child(breeding, mutates) ?? noneLeft(number);
}

/**
 * Top `parentRatio` of a population are parents and stay; each generation adds `populationSize` children. Limits that
 * the space accepts by are kept by construction, with a cap on tries; results over a limit rank behind all others.
 * @see Cai et al. 2020, Once-for-All, arXiv:1908.09791 §3.3 — Differs: the set of what was seen and mutations that do
 *   change something, without which most children in small spaces are clones; half of a population are parents, not a
 *   quarter, which leaves isolated optima within reach. `operators: ofa` with `parentRatio: .25` is the original.
 */
export const constrainedEvolution = defineStrategy({
  name: 'constrained-evolution',
  title: 'Evolution under limits',
  reference: 'arXiv:1908.09791',
  options: Options,
  state: GenerationState,
  objectives: 'one',
  promises: { noDuplicates: ({ operators }) => operators === 'forced', anyTellOrder: true },
  init: noGeneration,

  ask({ state, options, space, rng, number }) {
    return askOfGeneration(state, options.populationSize, () => {
      const seen = options.operators === 'forced' ? state.seen : {};
      const breeding = { space, seen, options, parents: state.population, rng };
      const found = propose(breeding, state.asked, number);
      return typeof found === 'string' ? found : remember(seen, found);
    });
  },
  tell({ state, options }, result) {
    const parents = Math.max(1, Math.round(options.parentRatio * options.populationSize));
    tellGeneration(state, options.populationSize, result, (members) =>
      [...members].sort(compareResults).slice(0, parents),
    );
  },
});
