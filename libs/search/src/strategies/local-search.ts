/** @file Local search by a predictor: the neighbours of the best are many, and only the most promising is evaluated. */
import { fitRidge, type Regressor } from '@sextant/statistics';
import { z } from 'zod';
import type { EncodedSpace, Encoding } from '../encoded-space';
import { compareResults, loss, Result } from '../result';
import { freshSample, isFresh, noneLeft, remember, Seen } from '../seen';
import { defineStrategy } from '../strategy';
import { neighbourEncodings } from '../variation';

const Options = z.strictObject({
  /** Random evaluations before the predictor has a say. */
  initial: z.int().min(3).max(10_000).default(20),
  /** Best results whose neighbours are looked at. */
  centres: z.int().min(1).max(1000).default(5),
  /** Results between two fits of the predictor. */
  refitEvery: z.int().min(1).max(1000).default(10),
});

const State = z.strictObject({ results: z.array(Result), seen: Seen });

/** One column per value of each choice. */
const oneHot = ({ sizes }: EncodedSpace, encoding: Encoding): Float64Array =>
  Float64Array.from(
    sizes.flatMap((size, at) =>
      Array.from({ length: size }, (_, value) => Number(encoding[at] === value)),
    ),
  );

interface Fitted {
  readonly count: number;
  readonly regressor: Regressor;
}
const fitted = new WeakMap<readonly Result[], Fitted>();

/** Ridge regression on the first `count` results; worked out once for a run, again after a resume. */
function predictor(space: EncodedSpace, results: readonly Result[], count: number): Regressor {
  const known = fitted.get(results);
  if (known?.count === count) return known.regressor;
  const rows = [...results].sort((a, b) => a.number - b.number).slice(0, count);
  const regressor = fitRidge(
    rows.map(({ encoding }) => oneHot(space, encoding)),
    rows.map(loss),
  );
  fitted.set(results, { count, regressor });
  return regressor;
}

/** Fresh neighbours of the best results; when all of those are known, of the next best. */
function openNeighbours(
  space: EncodedSpace,
  results: readonly Result[],
  seen: Seen,
  centres: number,
): Encoding[] {
  const ranked = [...results].sort(compareResults);
  for (let from = 0; from < ranked.length; from += centres) {
    const around = ranked
      .slice(from, from + centres)
      .flatMap(({ encoding }) => neighbourEncodings(space, encoding));
    const open = around.filter((encoding) => isFresh(space, seen, encoding));
    if (open.length > 0) return open;
  }
  return [];
}

/**
 * After random evaluations: of all neighbours of the best, the one with the smallest loss predicted by ridge regression on
 * the choices as one-hot, refitted as results come in. Nothing is proposed twice.
 * @see White et al. 2021, Exploring the Loss Landscape in Neural Architecture Search, arXiv:2005.02960
 *   Differs: a predictor orders the neighbourhood, so that one neighbour is evaluated, not all
 */
export const localSearch = defineStrategy({
  name: 'local-search',
  title: 'Local search by a predictor',
  reference: 'arXiv:2005.02960',
  options: Options,
  state: State,
  objectives: 'one',
  promises: { noDuplicates: () => true, anyTellOrder: true },
  init: () => ({ results: [], seen: {} }),

  ask({ state: { results, seen }, options, space, rng, number }) {
    if (number < options.initial) {
      const drawn = freshSample(space, seen, rng);
      return drawn ? remember(seen, drawn) : noneLeft(number);
    }
    if (results.length < options.initial) return 'waiting';
    const open = openNeighbours(space, results, seen, options.centres);
    if (open.length === 0) {
      const drawn = freshSample(space, seen, rng);
      return drawn ? remember(seen, drawn) : noneLeft(number);
    }
    const count = results.length - (results.length % options.refitEvery);
    const losses = predictor(space, results, Math.max(count, options.initial)).predict(
      open.map((encoding) => oneHot(space, encoding)),
    );
    return remember(seen, open[losses.indexOf(Math.min(...losses))] as Encoding);
  },
  tell: ({ state }, result) => void state.results.push(result),
});
