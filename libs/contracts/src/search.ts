/** @file What a user submits and what they read back: requests and views of a search. */
import { z } from 'zod';
import { BenchmarkOptions, BenchmarkSummary } from './benchmark-search';
import { FbNetV5SearchOptions, SceneTaskName } from './fbnet-v5-options';
import { HardwareProfileId } from './hardware';
import { ProxylessNasOptions } from './proxyless-nas-options';
import { SearchState } from './state';
import { BigNasOptions, ShiftNasOptions } from './supernet-options';
import { ZeroCostOptions, ZeroCostSummary } from './zero-cost';

export const Method = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('big-nas'), options: BigNasOptions.prefault({}) }),
  z.strictObject({ name: z.literal('shift-nas'), options: ShiftNasOptions.prefault({}) }),
  z.strictObject({ name: z.literal('proxyless-nas'), options: ProxylessNasOptions.prefault({}) }),
  z.strictObject({ name: z.literal('fbnet-v5'), options: FbNetV5SearchOptions.prefault({}) }),
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
    hardware: z
      .array(HardwareProfileId)
      .max(8)
      .optional()
      .describe('Devices whose tables give candidates their costs, as they are found'),
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

/** Methods that train a supernet and evaluate its children. */
export const supernetMethodNames = [
  'big-nas',
  'shift-nas',
  'proxyless-nas',
] as const satisfies MethodName[];
export type SupernetMethodName = (typeof supernetMethodNames)[number];
export const isSupernetSearch = (spec: CreateSearch): spec is SearchBy<SupernetMethodName> =>
  supernetMethodNames.some((name) => name === spec.method.name);

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
    /** Of the last step, as its method defines it; null outside training. */
    loss: z.number().nullable(),
    metrics: z
      .record(z.string(), z.number())
      .optional()
      .describe('What else the last step of training tells, by the names of its method'),
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
export const SupernetSummary = z
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
    /** Of ShiftNAS: what costs were drawn with, and how well they were learnt, over the steps. */
    shifts: z
      .array(
        z.object({
          step: z.int(),
          probabilities: z.array(z.number()).describe('Of cost bins, smallest networks first'),
          losses: z.array(z.number()).describe('On held-out images, nats'),
          hitRate: z.number().describe('Generated networks within half a bin of their target'),
        }),
      )
      .optional(),
  })
  .meta({ id: 'SupernetSummary' });
export type SupernetSummary = z.infer<typeof SupernetSummary>;

/** By the method of the search. */
export const Summary = z
  .union([BenchmarkSummary, ZeroCostSummary, SupernetSummary])
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
    /** Of a search for several tasks: where the networks of each are ranked. */
    tasks: z
      .array(z.object({ task: SceneTaskName, searchId: z.uuid(), self: z.string() }))
      .optional(),
    /** Of the list of one task: the search it belongs to, which it follows. */
    parent: z.object({ task: SceneTaskName, searchId: z.uuid(), self: z.string() }).optional(),
    links: z.object({
      self: z.string(),
      candidates: z.string(),
      best: z.string(),
      cancel: z.string(),
    }),
  })
  .meta({ id: 'Search' });
export type SearchView = z.infer<typeof SearchView>;
