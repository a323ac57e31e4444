/** @file Strategies that move from generation to generation: which generation is being asked for, and when it is complete. */
import { z } from 'zod';
import type { Encoding } from './encoded-space';
import { Result } from './result';
import { Seen } from './seen';
import type { NoEncoding } from './strategy';

export const GenerationState = z.strictObject({
  /** What children come from; empty until the first generation is in. */
  population: z.array(Result),
  /** Results of the generation being evaluated. */
  arrived: z.array(Result),
  /** How many of it have been asked for. */
  asked: z.int().min(0),
  seen: Seen,
});
export type GenerationState = z.infer<typeof GenerationState>;

export const noGeneration = (): GenerationState => ({
  population: [],
  arrived: [],
  asked: 0,
  seen: {},
});

/** Lets `propose` make the next of `size` members; a generation is asked for only after the one before is in. */
export function askOfGeneration(
  state: GenerationState,
  size: number,
  propose: () => Encoding | NoEncoding,
): Encoding | NoEncoding {
  if (state.asked === size) return 'waiting';
  const found = propose();
  if (typeof found === 'string') return state.asked > state.arrived.length ? 'waiting' : found;
  state.asked++;
  return found;
}

/**
 * Once a generation is in, `select` makes the population of the old one and it. It sees results in the order in which
 * they were asked for, so the order of arrival does not matter.
 */
export function tellGeneration(
  state: GenerationState,
  size: number,
  result: Result,
  select: (members: readonly Result[]) => Result[],
): void {
  state.arrived.push(result);
  if (state.arrived.length < size) return;
  const newcomers = state.arrived.sort((a, b) => a.number - b.number);
  state.population = select([...state.population, ...newcomers]);
  state.arrived = [];
  state.asked = 0;
}
