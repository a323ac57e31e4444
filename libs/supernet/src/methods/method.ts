/** @file What every method of training a supernet is: a trainer that goes in steps, and a state that can be stored. */
import type { Rng } from '@sextant/common';
import type { Lowerings } from '@sextant/engine';
import type { Architecture, CostLimits, SearchSpace } from '@sextant/search-space';
import type { LabelledImages } from '../image-batches';
import type { ImageFormat } from '../pass-graph';
import type { TrainingState } from './training-state';

export interface TrainerInput<Settings, Space = SearchSpace> {
  readonly space: Space;
  /** A method that learns from images its weights have not seen holds them out of these. */
  readonly train: LabelledImages;
  readonly format: ImageFormat;
  readonly settings: Settings;
  readonly seed: number;
  readonly threads: number;
  readonly lowerings: Lowerings;
}

/** What a step tells; the names beside `loss` are the method's. */
export type StepMetrics = { readonly loss: number } & Readonly<Record<string, number>>;

/**
 * Training, one step at a time. Draws depend on (seed, step) only, so a trainer created from a stored state continues bit
 * for bit as the one that stored it, on the same machine class and number of threads.
 */
export interface Trainer<Name extends string = string> {
  readonly totalSteps: number;
  /**
   * Of the last step that ended; a step that throws leaves it as it was. The next step may write into its vectors: copy what
   * is to be kept.
   */
  readonly state: TrainingState<Name>;
  readonly isFinished: boolean;
  /** @throws {NonFiniteError} a loss is NaN or infinite */
  step(): Promise<StepMetrics>;
  release(): Promise<void>;
}

/** A child whose accuracy is known. */
export interface Scored<A = Architecture> {
  readonly architecture: A;
  readonly accuracy: number;
}

export interface Proposal<Settings, Space = SearchSpace> {
  readonly space: Space;
  readonly settings: Settings;
  /** Of the training that has ended. */
  readonly state: TrainingState;
  readonly limits: CostLimits;
  /** Children to evaluate in all. */
  readonly budget: number;
  readonly threads: number;
  readonly lowerings: Lowerings;
}

export interface MemoryQuestion<Settings, Space = SearchSpace> {
  readonly space: Space;
  readonly format: ImageFormat;
  readonly settings: Settings;
  readonly lowerings: Lowerings;
}

/** A method whose children are architectures of a space and inherit the vector `theta` of its state. */
export interface SupernetMethod<Settings, Space = SearchSpace, A = Architecture> {
  /** A trainer at its start, or where `stored` left it. @throws {CheckpointCorruptError} `stored` is of another space */
  create(input: TrainerInput<Settings, Space>, stored?: TrainingState): Promise<Trainer<'theta'>>;
  /**
   * The children to evaluate next, given all evaluated so far; none when the budget is spent or nothing new is left. A
   * pure function of its arguments, so a search that stopped asks the same again.
   */
  propose(
    proposal: Proposal<Settings, Space>,
    evaluated: readonly Scored<A>[],
    rng: Rng,
  ): Promise<readonly A[]>;
  /** Peak resident memory of training and then evaluating children, without the data set. Unit: bytes. */
  predictPeakBytes(question: MemoryQuestion<Settings, Space>): number;
}
