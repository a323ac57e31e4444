/** @file What crosses between the worker and the child process that computes. */
import { z } from 'zod';
import { BenchmarkTable } from './benchmark-search';
import { EvaluatedCandidate } from './candidate';
import { CandidateCost } from './cost';
import { SceneTaskName } from './fbnet-v5-options';
import { CreateSearch, Progress, SearchError, Summary } from './search';

export const StopReason = z.enum(['cancel', 'pause', 'drain']);
export type StopReason = z.infer<typeof StopReason>;

/** Where a search is trained; its candidates are always measured on the processor. */
export const ExecutionProvider = z.enum(['cpu', 'cuda', 'webgpu']);
export type ExecutionProvider = z.infer<typeof ExecutionProvider>;

/** Worker → child. */
export const TrainingCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    spec: CreateSearch,
    threads: z.int().min(1),
    /** Resident memory the child may hold. */
    memoryLimitBytes: z.int().min(1),
    executionProvider: ExecutionProvider,
    checkpointDirectory: z.string(),
    artifactDirectory: z.string(),
    /** Candidates already stored: not evaluated again. */
    done: z.array(EvaluatedCandidate),
    /** Of a search for several tasks, by task. */
    doneByTask: z.partialRecord(SceneTaskName, z.array(EvaluatedCandidate)).optional(),
    /** What a search by `benchmark` looks things up in. */
    table: BenchmarkTable.optional(),
    /** Of the device that a search by `proxyless-nas` names: ms by block. */
    blockLatencies: z.record(z.string(), z.number()).optional(),
  }),
  z.object({ type: z.literal('stop'), reason: StopReason }),
]);
export type TrainingCommand = z.infer<typeof TrainingCommand>;
export type StartCommand = Extract<TrainingCommand, { type: 'start' }>;

/** Child → worker. */
export const TrainingMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress: Progress }),
  z.object({
    type: z.literal('checkpoint'),
    step: z.int(),
    file: z.string(),
    sha256: z.string(),
    bytes: z.int(),
  }),
  z.object({
    type: z.literal('candidates'),
    candidates: z.array(EvaluatedCandidate),
    /** Whose list they go to, in a search for several. */
    task: SceneTaskName.optional(),
  }),
  /** Of candidates said before. */
  z.object({ type: z.literal('costs'), costs: z.array(CandidateCost) }),
  z.object({ type: z.literal('done'), summary: Summary }),
  z.object({ type: z.literal('stopped'), reason: StopReason }),
  z.object({ type: z.literal('failed'), error: SearchError }),
]);
export type TrainingMessage = z.infer<typeof TrainingMessage>;
