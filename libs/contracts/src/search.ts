/** @file What a user submits and what they read back: requests and views of a search. */
import { z } from 'zod';
import { BenchmarkOptions, BenchmarkSummary } from './benchmark-search';
import { SearchState } from './state';
import { ZeroCostOptions, ZeroCostSummary } from './zero-cost';

/** Training of one BigNAS supernet. @see Yu et al. 2020, arXiv:2003.11142 §3 */
export const BigNasOptions = z.strictObject({
  epochs: z.number().positive().max(1000).default(12).describe('Passes over the training part'),
  batchSize: z.int().min(8).max(512).default(64),
  randomSubnets: z
    .int()
    .min(0)
    .max(8)
    .default(2)
    .describe('Random children per step, beside the largest and smallest'),
  learningRate: z.number().positive().max(10).default(0.1).describe('At the first step'),
  learningRateFloor: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Of the first rate; reached after 66 % of the steps'),
  momentum: z.number().min(0).max(0.999).default(0.9).describe('Nesterov'),
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(1e-5)
    .describe('Once per step, on convolution and linear weights'),
  labelSmoothing: z.number().min(0).max(0.5).default(0.1).describe('For the largest network only'),
  gradientClip: z.number().positive().max(1000).default(1).describe('By value'),
  horizontalFlip: z.boolean().default(true).describe('Mirror half of the training images'),
  checkpointSeconds: z.number().min(1).max(60).default(15),
});
export type BigNasOptions = z.infer<typeof BigNasOptions>;

export const Method = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('big-nas'), options: BigNasOptions.prefault({}) }),
  z.strictObject({ name: z.literal('zero-cost'), options: ZeroCostOptions.prefault({}) }),
  z.strictObject({ name: z.literal('benchmark'), options: BenchmarkOptions }),
]);
export type Method = z.infer<typeof Method>;
export type MethodName = Method['name'];

export const CreateSearch = z
  .strictObject({
    name: z.string().trim().min(1).max(120).optional(),
    dataset: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a data set id: a-z, 0-9 and -')
      .describe('Id of a data set'),
    space: z
      .union([z.string().min(1).max(63), z.record(z.string(), z.unknown())])
      .describe('Name of a search space, or a search space as data'),
    method: Method.prefault({ name: 'big-nas' }),
    validationFraction: z
      .number()
      .min(0.02)
      .max(0.5)
      .default(0.15)
      .describe('Held out of train for ranking'),
    evaluation: z
      .strictObject({
        candidates: z.int().min(1).max(2000).default(48),
        calibrationImages: z
          .int()
          .min(64)
          .max(50_000)
          .default(2048)
          .describe('For the statistics of each child'),
        latencyRuns: z.int().min(50).max(10_000).default(50),
      })
      .prefault({}),
    constraints: z
      .strictObject({
        maxMacs: z.number().positive().optional(),
        maxParams: z.number().positive().optional(),
      })
      .prefault({}),
    seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  })
  .meta({ id: 'CreateSearch' });
export type CreateSearch = z.infer<typeof CreateSearch>;

/** A search by one method. */
export type SearchBy<Name extends MethodName> = CreateSearch & {
  readonly method: Extract<Method, { name: Name }>;
};
export const isSearchBy = <Name extends MethodName>(
  spec: CreateSearch,
  name: Name,
): spec is SearchBy<Name> => spec.method.name === name;

export const Phase = z.enum([
  'training',
  'evaluating',
  'testing',
  'measuring',
  'searching',
  'scoring',
  'done',
]);

export const Progress = z
  .object({
    phase: Phase,
    step: z.int(),
    totalSteps: z.int(),
    /** Steps of this phase per second; null before the first. */
    ratePerSecond: z.number().nullable(),
    etaSeconds: z.number().nullable(),
    /** Cross-entropy of the largest network on its last batch; null outside training. */
    loss: z.number().nullable(),
    candidates: z.int(),
    bestSoFar: z.object({ id: z.string(), accuracy: z.number(), macs: z.number() }).nullable(),
  })
  .meta({ id: 'Progress' });
export type Progress = z.infer<typeof Progress>;

export const SearchError = z.object({
  code: z.string(),
  message: z.string(),
  permanent: z.boolean(),
});
export type SearchError = z.infer<typeof SearchError>;

/** What training and evaluating one supernet came to. */
export const BigNasSummary = z
  .object({
    candidates: z.int(),
    trainingSteps: z.int(),
    /** Seconds by phase, over all runs of the search that this one resumed from a checkpoint not included. */
    seconds: z.object({
      training: z.number(),
      evaluating: z.number(),
      testing: z.number(),
      measuring: z.number(),
    }),
    parameters: z.int().describe('Numbers in the supernet'),
    trainImages: z.int(),
    validationImages: z.int(),
    testImages: z.int(),
    threads: z.int(),
  })
  .meta({ id: 'BigNasSummary' });
export type BigNasSummary = z.infer<typeof BigNasSummary>;

/** By the method of the search. */
export const Summary = z
  .union([BenchmarkSummary, ZeroCostSummary, BigNasSummary])
  .meta({ id: 'Summary' });
export type Summary = z.infer<typeof Summary>;

export const SearchView = z
  .object({
    id: z.uuid(),
    name: z.string().nullable(),
    state: SearchState,
    version: z.int(),
    spec: CreateSearch,
    progress: Progress.nullable(),
    summary: Summary.nullable(),
    error: SearchError.nullable(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
    /** How long a poller should wait; 0 once the search has ended. */
    pollAfterMs: z.int(),
    links: z.object({
      self: z.string(),
      candidates: z.string(),
      best: z.string(),
      cancel: z.string(),
    }),
  })
  .meta({ id: 'Search' });
export type SearchView = z.infer<typeof SearchView>;
