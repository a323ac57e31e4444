/** @file Predictors of accuracy: asked for, fitted by a worker, used to rank every scored architecture. */
import { z } from 'zod';
import { SearchError } from './search';
import { TaskState } from './task';

/** `auto` picks among the others by cross-validated Kendall τ on the labels. */
export const PredictorName = z.enum([
  'auto',
  'parzc',
  'random-forest',
  'kernel-ridge',
  'rank-mean',
  'params',
  'macs',
]);
export type PredictorName = z.infer<typeof PredictorName>;

export const CreatePredictor = z
  .strictObject({
    name: PredictorName.default('auto'),
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  })
  .meta({ id: 'CreatePredictor' });
export type CreatePredictor = z.infer<typeof CreatePredictor>;

/** What a fit says of itself. */
export const PredictorResult = z.object({
  picked: PredictorName,
  /** In words: why this one. */
  why: z.string(),
  /** Mean Kendall τ-b over held-out folds with its 95 % interval, best first; empty where the name was given. */
  compared: z.array(
    z.object({
      name: PredictorName,
      tau: z.object({ value: z.number(), lower: z.number(), upper: z.number() }).nullable(),
      problem: z.string().nullable(),
    }),
  ),
  labels: z.int().describe('Architectures learnt from'),
  /** Share of held-out labels within `lower` to `upper`, by construction; null: too few labels for an interval. */
  intervalLevel: z.number().nullable(),
  predicted: z.int().describe('Architectures with a prediction'),
  seconds: z.number(),
});
export type PredictorResult = z.infer<typeof PredictorResult>;

export const PredictorView = z
  .object({
    number: z.int(),
    searchId: z.uuid(),
    ...CreatePredictor.shape,
    state: TaskState,
    result: PredictorResult.nullable(),
    error: SearchError.nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    pollAfterMs: z.int(),
    links: z.object({ self: z.string(), scores: z.string() }),
  })
  .meta({ id: 'Predictor' });
export type PredictorView = z.infer<typeof PredictorView>;

export const PredictorList = z
  .object({ items: z.array(PredictorView) })
  .meta({ id: 'PredictorList' });

/** One architecture's prediction as a worker hands it over. */
export const Prediction = z.object({
  id: z.string(),
  value: z.number(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  /** Of a labelled architecture: what a fit without its label says. */
  heldOut: z.number().nullable(),
});
export type Prediction = z.infer<typeof Prediction>;
