/** @file One run of a strategy: numbers its asks, seeds each, checks what is told, and is JSON between any two steps. */
import { rng, ValidationError } from '@sextant/common';
import { parseAs } from '@sextant/contracts';
import { z } from 'zod';
import { requireEncoding, type EncodedSpace, type Encoding } from './encoded-space';
import { Result } from './result';
import { isStrategyName, strategies } from './strategies';
import type { NoEncoding } from './strategy';

/** A run at rest. */
export const SavedRun = z.strictObject({
  strategy: z.string(),
  options: z.unknown(),
  seed: z.int().min(0),
  /** How many encodings were asked for. */
  asked: z.int().min(0),
  state: z.unknown(),
});
export type SavedRun = z.infer<typeof SavedRun>;

export type Ask =
  | { readonly kind: 'candidate'; readonly number: number; readonly encoding: Encoding }
  | { readonly kind: NoEncoding };

export interface StrategyRun {
  /** The next encoding to evaluate, or why there is none now. */
  ask(): Ask;
  /**
   * What came of one ask; any number of asks may be open, and results may come in any order.
   * @throws {ValidationError} not a result, or of a number that was not asked for
   */
  tell(result: Result): void;
  /** Plain JSON: `resumeRun` goes on with the very ask this run would have made next. */
  save(): SavedRun;
}

export interface RunRequest {
  readonly strategy: string;
  readonly space: EncodedSpace;
  readonly seed: number;
  readonly options?: unknown;
}

function open(space: EncodedSpace, saved: SavedRun): StrategyRun {
  if (!isStrategyName(saved.strategy)) {
    throw new ValidationError(
      `no strategy "${saved.strategy}": expected one of ${Object.keys(strategies).join(', ')}`,
      [{ pointer: '/strategy', message: 'not a strategy' }],
    );
  }
  const strategy = strategies[saved.strategy].open(space, saved.options, saved.state);
  let { asked } = saved;
  return {
    ask() {
      const found = strategy.ask(asked, rng(saved.seed, `ask-${asked}`));
      if (typeof found === 'string') return { kind: found };
      return { kind: 'candidate', number: asked++, encoding: found };
    },
    tell(result) {
      const checked = parseAs(Result, result, 'result');
      requireEncoding(space, checked.encoding);
      if (checked.number >= asked) {
        throw new ValidationError(`result ${checked.number} of ${asked} asks: none was asked for`);
      }
      strategy.tell(checked);
    },
    save: () =>
      structuredClone({
        strategy: saved.strategy,
        options: strategy.options,
        seed: saved.seed,
        asked,
        state: strategy.state(),
      }),
  };
}

/** @throws {ValidationError} the strategy does not exist or does not have these options */
export const startRun = ({ strategy, space, seed, options = {} }: RunRequest): StrategyRun =>
  open(space, { strategy, options, seed, asked: 0, state: undefined });

/** @throws {ValidationError} not what `save` gave */
export const resumeRun = (space: EncodedSpace, saved: unknown): StrategyRun =>
  open(space, parseAs(SavedRun, saved, 'saved run'));
