/** @file What crosses between the worker and the child process that does one task. */
import { z } from 'zod';
import { CandidateId } from './candidate';
import { CreatePredictor, Prediction, PredictorName, PredictorResult } from './predictor';
import { ReportResult } from './report';
import { CreateSearch, SearchError } from './search';
import { ExecutionProvider, StopReason } from './training';
import { ScoredArchitecture } from './zero-cost';

const Encoding = z.array(z.int());

/** A shard's row: what it is to score. */
export const ShardPayload = z.object({ encodings: z.array(Encoding) });
export type ShardPayload = z.infer<typeof ShardPayload>;

/** A report's row. */
export const ReportPayload = z.object({
  seed: z.int().min(0),
  resamples: z.int().min(2).max(10_000),
});
export type ReportPayload = z.infer<typeof ReportPayload>;
export const defaultReport: ReportPayload = { seed: 0, resamples: 1000 };

/** Scores in the order of the search's proxies; null: it failed. `nodes` as in `candidate_scores`, base64. */
export const ScoreRow = z.object({
  id: CandidateId,
  encoding: Encoding,
  macs: z.number(),
  paramCount: z.int(),
  score: z.number().nullable().describe('What the list is ordered by'),
  scores: z.array(z.number().nullable()),
  nodeCounts: z.array(z.int()),
  nodes: z.base64(),
});
export type ScoreRow = z.infer<typeof ScoreRow>;

/** Accuracy of one network. */
export const AccuracyRow = z.object({ id: CandidateId, accuracy: z.number() });
export type AccuracyRow = z.infer<typeof AccuracyRow>;

/** A predictor that has been fitted, and what it said. */
export const FittedPredictor = z.object({
  number: z.int(),
  name: PredictorName,
  picked: PredictorName,
  seed: z.int(),
  predictions: z.array(
    z.object({ id: CandidateId, value: z.number(), heldOut: z.number().nullable() }),
  ),
});
export type FittedPredictor = z.infer<typeof FittedPredictor>;

const compute = {
  spec: CreateSearch,
  threads: z.int().min(1),
  /** Resident memory the child may hold. */
  memoryLimitBytes: z.int().min(1),
  executionProvider: ExecutionProvider,
};

/** Worker → child. Tables come in parts, before the command that uses them. */
export const TaskCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('score'),
    ...compute,
    encodings: z.array(Encoding),
    /** Stored already: not scored again. */
    done: z.array(CandidateId),
  }),
  z.object({ type: z.literal('scores'), rows: z.array(ScoreRow) }),
  z.object({
    type: z.literal('labels'),
    split: z.enum(['train', 'test']),
    rows: z.array(AccuracyRow),
  }),
  z.object({ type: z.literal('fitted'), predictor: FittedPredictor }),
  z.object({ type: z.literal('predict'), ...compute, predictor: CreatePredictor }),
  z.object({ type: z.literal('report'), ...compute, report: ReportPayload }),
  z.object({ type: z.literal('stop'), reason: StopReason }),
]);
export type TaskCommand = z.infer<typeof TaskCommand>;

/** Child → worker. */
export const TaskMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('scored'), architectures: z.array(ScoredArchitecture) }),
  z.object({ type: z.literal('predictions'), predictions: z.array(Prediction) }),
  z.object({
    type: z.literal('done'),
    result: z.union([
      z.object({ kind: z.literal('score'), scored: z.int() }),
      z.object({ kind: z.literal('predict'), ...PredictorResult.shape }),
      z.object({ kind: z.literal('report'), ...ReportResult.shape }),
    ]),
  }),
  z.object({ type: z.literal('stopped'), reason: StopReason }),
  z.object({ type: z.literal('failed'), error: SearchError }),
]);
export type TaskMessage = z.infer<typeof TaskMessage>;
