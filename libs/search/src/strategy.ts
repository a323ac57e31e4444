/** @file What a strategy is: a declaration of options, JSON state and two pure steps, ask and tell. */
import type { Rng } from '@sextant/common';
import { parseAs } from '@sextant/contracts';
import type { z } from 'zod';
import type { EncodedSpace, Encoding } from './encoded-space';
import type { Result } from './result';

/** Why there is no encoding to evaluate now. */
export type NoEncoding =
  /** Results of earlier asks are needed first. */
  | 'waiting'
  /** Nothing is left that was not asked for already. */
  | 'exhausted'
  /** Nothing was found that the space accepts. */
  | 'infeasible';

export interface StepContext<Options, State> {
  /** The run's own: a step may change it in place. It stays plain JSON. */
  readonly state: State;
  readonly options: Options;
  readonly space: EncodedSpace;
}

export interface AskContext<Options, State> extends StepContext<Options, State> {
  /** Derived from (seed, number): the same whatever was drawn before. */
  readonly rng: Rng;
  /** 0 for the first ask. */
  readonly number: number;
}

export interface StrategyParts<Options extends z.ZodType, State extends z.ZodType> {
  readonly name: string;
  readonly title: string;
  /** Where the algorithm was published. */
  readonly reference: string;
  readonly options: Options;
  readonly state: State;
  /** How many objectives it weighs. */
  readonly objectives: 'one' | 'several';
  readonly promises: {
    /** Whether with these options no encoding is asked for twice. */
    readonly noDuplicates: (options: z.infer<Options>) => boolean;
    /** Asks depend on which results are in, not on the order in which they came. */
    readonly anyTellOrder: boolean;
  };
  readonly init: (options: z.infer<Options>) => z.infer<State>;
  readonly ask: (context: AskContext<z.infer<Options>, z.infer<State>>) => Encoding | NoEncoding;
  readonly tell: (context: StepContext<z.infer<Options>, z.infer<State>>, result: Result) => void;
}

/** A strategy with its options read and its state in hand. */
export interface OpenStrategy {
  readonly options: unknown;
  readonly noDuplicates: boolean;
  ask(number: number, rng: Rng): Encoding | NoEncoding;
  tell(result: Result): void;
  state(): unknown;
}

export interface Strategy {
  readonly name: string;
  readonly title: string;
  readonly reference: string;
  /** With defaults; draws a form as well. */
  readonly options: z.ZodType;
  readonly objectives: 'one' | 'several';
  readonly anyTellOrder: boolean;
  /** @throws {ValidationError} the options, or a state to go on from, are not the strategy's */
  open(space: EncodedSpace, options: unknown, state?: unknown): OpenStrategy;
}

/** A declaration made a strategy whose option and state types the registry need not know. */
export const defineStrategy = <Options extends z.ZodType, State extends z.ZodType>(
  parts: StrategyParts<Options, State>,
): Strategy =>
  Object.freeze({
    name: parts.name,
    title: parts.title,
    reference: parts.reference,
    options: parts.options,
    objectives: parts.objectives,
    anyTellOrder: parts.promises.anyTellOrder,
    open(space: EncodedSpace, rawOptions: unknown, rawState?: unknown): OpenStrategy {
      const options = parseAs(parts.options, rawOptions, `options of ${parts.name}`);
      const state =
        rawState === undefined
          ? parts.init(options)
          : parseAs(parts.state, rawState, `state of ${parts.name}`);
      return {
        options,
        noDuplicates: parts.promises.noDuplicates(options),
        ask: (number, rng) => parts.ask({ state, options, space, rng, number }),
        tell: (result) => parts.tell({ state, options, space }, result),
        state: () => state,
      };
    },
  });
