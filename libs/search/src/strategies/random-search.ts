/** @file Random search: the baseline every other strategy has to beat. */
import { z } from 'zod';
import { acceptedSample, freshSample, noneLeft, remember, Seen } from '../seen';
import { defineStrategy } from '../strategy';

/**
 * Uniform draws over encodings, without repetition unless asked for.
 * @see Li & Talwalkar 2019, Random Search and Reproducibility for NAS, arXiv:1902.07638
 */
export const randomSearch = defineStrategy({
  name: 'random-search',
  title: 'Random search',
  reference: 'arXiv:1902.07638',
  options: z.strictObject({ allowDuplicates: z.boolean().default(false) }),
  state: z.strictObject({ seen: Seen }),
  objectives: 'several',
  promises: { noDuplicates: ({ allowDuplicates }) => !allowDuplicates, anyTellOrder: true },
  init: () => ({ seen: {} }),

  ask({ state: { seen }, options, space, rng, number }) {
    if (options.allowDuplicates) return acceptedSample(space, rng) ?? 'infeasible';
    const found = freshSample(space, seen, rng);
    return found ? remember(seen, found) : noneLeft(number);
  },
  tell: () => undefined,
});
