/** @file What a mission is about: candidates, limits on what they cost, and how much may be trained and measured. */
import { z } from 'zod';

export interface MissionCandidate {
  readonly id: string;
  /** Training-free scores, larger is better, NaN for none; each is trusted alike before anything is trained. */
  readonly proxies: readonly number[];
  /** Anything else that may tell accuracy, such as other scores as ranks in 0..1 or choices as one-hot; weighed by training only. */
  readonly accuracyFeatures: readonly number[];
  /** What costs add up from: choices as one-hot, multiply–accumulates, parameters. */
  readonly costFeatures: readonly number[];
}

/** Largest value allowed of each measured cost, by its key, such as `latencyMs@pixel3`. */
export type Limits = Readonly<Record<string, number>>;

/** Costs by key; null where the candidate does not run. */
export type MeasuredCosts = Readonly<Record<string, number>> | null;

export interface MissionProblem {
  /** Different networks, in any fixed order: limits known without measuring have been applied. */
  readonly candidates: readonly MissionCandidate[];
  readonly limits: Limits;
}

/** The defaults were chosen on CIFAR-100; CIFAR-10, on which results are reported, had no say. */
export const MissionOptions = z.strictObject({
  seed: z.int().min(0),
  /** How many networks may be trained. */
  trainings: z.int().min(1).max(100_000).default(25),
  /** How many may be measured. */
  measurements: z.int().min(1).max(1_000_000).default(100),
  /** Measurements at random, that the cost models start from. */
  firstMeasurements: z.int().min(3).default(40),
  /** Trainings by proxies alone, before what was learned has a say. */
  firstTrainings: z.int().min(0).default(5),
  /** How many standard deviations of the expected accuracy count for a candidate. */
  optimism: z.number().min(0).default(0.5),
});
export type MissionOptions = z.infer<typeof MissionOptions>;

/** What happened, in order: plain JSON, and all there is to know to go on. */
export const MissionHistory = z.strictObject({
  measured: z.array(
    z.strictObject({ id: z.string(), costs: z.record(z.string(), z.number()).nullable() }),
  ),
  trained: z.array(z.strictObject({ id: z.string(), accuracy: z.number() })),
});
export type MissionHistory = z.infer<typeof MissionHistory>;

export interface TrainedCandidate {
  readonly id: string;
  readonly accuracy: number;
  readonly costs: Readonly<Record<string, number>>;
}

export type MissionOutcome =
  | {
      readonly feasible: true;
      /** Trained, and measured to be within every limit. */
      readonly answer: TrainedCandidate;
      /** All that were trained, the answer first, by accuracy. */
      readonly ranking: readonly TrainedCandidate[];
      /** Measured within the limits, and how many of all candidates are expected to be. */
      readonly fittingMeasured: number;
      readonly fittingExpected: number;
      readonly trainings: number;
      readonly measurements: number;
    }
  | {
      readonly feasible: false;
      /** Smallest value found of each limited cost; absent where nothing ran. */
      readonly smallest: Readonly<Record<string, number>>;
      readonly trainings: 0;
      readonly measurements: number;
    };

export type MissionStep =
  | { readonly kind: 'measure'; readonly id: string }
  | { readonly kind: 'train'; readonly id: string }
  | { readonly kind: 'done'; readonly outcome: MissionOutcome };
