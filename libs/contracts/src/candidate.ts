/** @file One evaluated architecture: what the worker hands over and what a user reads. */
import { z } from 'zod';
import { Evidence } from './cost';

/** A network of inverted residual blocks. */
export const MbconvArchitecture = z
  .object({
    resolution: z.int(),
    stemWidth: z.int(),
    stages: z.array(
      z.object({
        width: z.int(),
        blocks: z.array(z.object({ kernel: z.int(), expansion: z.number() })),
      }),
    ),
    headWidth: z.int().nullable(),
  })
  .meta({ id: 'MbconvArchitecture' });
export type MbconvArchitecture = z.infer<typeof MbconvArchitecture>;

/** A cell of NAS-Bench-201, as its official string: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`. */
export const CellArchitecture = z.object({ cell: z.string() }).meta({ id: 'CellArchitecture' });

/** A vision transformer. */
export const TransformerArchitecture = z
  .object({
    embedding: z.int(),
    blocks: z.array(z.object({ heads: z.int(), mlpRatio: z.number() })),
  })
  .meta({ id: 'TransformerArchitecture' });
export type TransformerArchitecture = z.infer<typeof TransformerArchitecture>;

/** A network of FBNetV5's space: for every residual block and fusion edge, in order, 1 where it is kept. */
export const TopologyArchitecture = z
  .object({ topology: z.string().regex(/^[01]+$/, 'one 0 or 1 for every unit') })
  .meta({ id: 'TopologyArchitecture' });

export const Architecture = z
  .union([MbconvArchitecture, CellArchitecture, TransformerArchitecture, TopologyArchitecture])
  .meta({ id: 'Architecture' });
export type Architecture = z.infer<typeof Architecture>;

/** 32 hexadecimal digits: the canonical hash of the network, which is also the candidate's id. */
export const CandidateId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'a candidate id: 32 hexadecimal digits');

export const Metric = z.enum(['accuracy', 'latencyMs']);
export const Split = z.enum(['validation', 'test', 'none']);
/**
 * How the number came about: weights inherited from the supernet, those trained further on their own, fresh ones trained on
 * their own, a timing on this machine, or a table's training.
 */
export const Fidelity = z.enum([
  'supernet-inherited',
  'supernet-fine-tuned',
  'trained',
  'measured',
  'tabulated',
]);
export type Fidelity = z.infer<typeof Fidelity>;

/** One number about one candidate; (search, candidate, metric, split, fidelity, seed) names it. */
export const Measurement = z.object({
  metric: Metric,
  split: Split,
  fidelity: Fidelity,
  seed: z.int(),
  value: z.number(),
  lower: z.number(),
  upper: z.number(),
  n: z.int(),
  unit: z.enum(['fraction', 'ms']),
  /** Conditions of a timing, or the predictions behind a test accuracy. */
  details: z.record(z.string(), z.unknown()),
});
export type Measurement = z.infer<typeof Measurement>;

export const EvaluatedCandidate = z.object({
  id: CandidateId,
  encoding: z.array(z.int()),
  architecture: Architecture,
  macs: z.number(),
  paramCount: z.int(),
  measurements: z.array(Measurement),
  model: z.object({ sha256: z.string(), bytes: z.int() }).nullable(),
});
export type EvaluatedCandidate = z.infer<typeof EvaluatedCandidate>;

/** A fraction of images with its 95 % Wilson interval, or the measure of a task with its own. */
export const AccuracyView = z
  .object({
    value: z.number(),
    lower: z.number(),
    upper: z.number(),
    n: z.int(),
    split: Split,
    fidelity: Fidelity,
    measure: z.string().optional().describe('Of a task: top-1 accuracy, mIoU, mAP@0.5'),
  })
  .meta({ id: 'Accuracy' });

export const LatencyConditions = z.object({
  runs: z.int(),
  batch: z.int(),
  threads: z.int(),
  precision: z.literal('float32'),
  runtime: z.string(),
  device: z.string(),
  measuredAt: z.iso.datetime(),
});
export type LatencyConditions = z.infer<typeof LatencyConditions>;

/** Median of the runs, and the 10th and 90th percentile. */
export const LatencyView = z
  .object({
    value: z.number(),
    p10: z.number(),
    p90: z.number(),
    evidence: z.literal('measured'),
    ...LatencyConditions.shape,
  })
  .meta({ id: 'Latency' });

/** A value, or the code of why there is none; a failure ranks last. */
export const ProxyScore = z
  .object({ value: z.number().nullable(), failure: z.string().nullable() })
  .meta({ id: 'ProxyScore' });
export type ProxyScore = z.infer<typeof ProxyScore>;

/** A cost on a hardware profile: the value and its interval, how it is known, and under which conditions. */
export const CostView = z
  .object({
    value: z.number(),
    lower: z.number(),
    upper: z.number(),
    n: z.int().describe('Runs behind a measurement; 0 for a prediction'),
    evidence: Evidence,
    conditions: z
      .record(z.string(), z.unknown())
      .describe('Batch, threads, precision, runtime, date; or the model behind a prediction'),
  })
  .meta({ id: 'Cost' });
export type CostView = z.infer<typeof CostView>;

export const CandidateView = z
  .object({
    id: CandidateId,
    searchId: z.uuid(),
    rank: z
      .int()
      .nullable()
      .describe(
        '1 = best validation accuracy, or predicted accuracy where ordered by it; ties by fewer MACs, then id; null: has none',
      ),
    architecture: Architecture,
    encoding: z.array(z.int()),
    macs: z.number(),
    paramCount: z.int(),
    accuracy: AccuracyView.nullable(),
    testAccuracy: AccuracyView.nullable(),
    predictedAccuracy: CostView.nullable().describe('As a fraction, before any training'),
    latencyMs: LatencyView.nullable(),
    costs: z
      .record(z.string(), CostView)
      .describe('On hardware profiles, by key, as in latencyMs@pixel3'),
    model: z.object({ url: z.string(), sha256: z.string(), bytes: z.int() }).nullable(),
  })
  .meta({ id: 'Candidate' });
export type CandidateView = z.infer<typeof CandidateView>;

export const CandidateDetail = CandidateView.extend({
  /** Predicted class of every test image, in data set order: base64 of one byte each. */
  testPredictions: z.string().nullable(),
}).meta({ id: 'CandidateDetail' });
export type CandidateDetail = z.infer<typeof CandidateDetail>;

export const CandidatePage = z
  .object({ items: z.array(CandidateView), nextCursor: z.string().nullable() })
  .meta({ id: 'CandidatePage' });
export type CandidatePage = z.infer<typeof CandidatePage>;
