/** @file What measuring agents and the service say to each other. */
import { z } from 'zod';
import { CandidateId } from './candidate';
import { HardwareConditions, HardwareProfileId, HardwareSource } from './hardware';

const words = z.string().trim().min(1).max(200);

export const CreateAgentKey = z
  .strictObject({
    name: words.describe('Who measures, for people'),
    source: HardwareSource.exclude(['imported']).default('agent'),
  })
  .meta({ id: 'CreateAgentKey' });
export type CreateAgentKey = z.infer<typeof CreateAgentKey>;

const keyFields = {
  id: z.uuid(),
  profile: HardwareProfileId,
  name: z.string(),
  source: HardwareSource,
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
};

export const AgentKeyView = z.object(keyFields).meta({ id: 'AgentKey' });
export type AgentKeyView = z.infer<typeof AgentKeyView>;

export const AgentKeyList = z.object({ items: z.array(AgentKeyView) }).meta({ id: 'AgentKeyList' });
export type AgentKeyList = z.infer<typeof AgentKeyList>;

export const CreatedAgentKey = z
  .object({ ...keyFields, token: z.string().describe('Shown this once; give it to the agent') })
  .meta({ id: 'CreatedAgentKey' });
export type CreatedAgentKey = z.infer<typeof CreatedAgentKey>;

/** Headers of a signed request: which key, Unix time in ms, a number used once, HMAC-SHA256 in hexadecimal. */
export const agentHeaders = {
  key: 'sextant-agent',
  timestamp: 'sextant-timestamp',
  nonce: 'sextant-nonce',
  signature: 'sextant-signature',
} as const;

export const AgentSignature = z.object({
  key: z.uuid(),
  timestampMs: z
    .string()
    .regex(/^\d{13}$/)
    .transform(Number),
  nonce: z.string().regex(/^[0-9a-f]{16,64}$/),
  signature: z.string().regex(/^[0-9a-f]{64}$/),
});
export type AgentSignature = z.infer<typeof AgentSignature>;

export const LeaseMeasurement = z
  .strictObject({
    conditions: HardwareConditions.omit({ origin: true }),
    leaseSeconds: z.int().min(10).max(3600).default(300).describe('Then somebody else may have it'),
  })
  .meta({ id: 'LeaseMeasurement' });
export type LeaseMeasurement = z.infer<typeof LeaseMeasurement>;

export const MeasurementTask = z
  .object({
    id: z.uuid(),
    leaseEpoch: z.int(),
    version: z.int().describe('Of the profile: the one of these conditions'),
    searchId: z.uuid(),
    candidateId: CandidateId,
    model: z.object({ url: z.string(), sha256: z.string(), bytes: z.int() }),
    leaseExpiresAt: z.iso.datetime(),
  })
  .meta({ id: 'MeasurementTask' });
export type MeasurementTask = z.infer<typeof MeasurementTask>;

export const LeasedMeasurement = z
  .object({
    task: MeasurementTask.nullable().describe('null: nothing waits'),
    /** How long an agent should wait before it asks again. */
    pollAfterMs: z.int(),
  })
  .meta({ id: 'LeasedMeasurement' });
export type LeasedMeasurement = z.infer<typeof LeasedMeasurement>;

/** What an agent measured: untrusted, so bounds are checked where it arrives. */
export const MeasurementResult = z
  .discriminatedUnion('outcome', [
    z.strictObject({
      outcome: z.literal('measured'),
      leaseEpoch: z.int(),
      latencyMs: z.strictObject({
        value: z.number(),
        p10: z.number(),
        p90: z.number(),
        n: z.int().describe('Timed runs behind the value'),
      }),
      medians: z.array(z.number()).min(1).max(100).describe('Of every repetition, ms'),
      measuredAt: z.iso.datetime(),
    }),
    z.strictObject({
      outcome: z.literal('failed'),
      leaseEpoch: z.int(),
      error: z.strictObject({ code: z.string().max(63), message: z.string().max(2000) }),
    }),
  ])
  .meta({ id: 'MeasurementResult' });
export type MeasurementResult = z.infer<typeof MeasurementResult>;

export const MeasurementTaskState = z.enum(['waiting', 'leased', 'done', 'given-up']);
export type MeasurementTaskState = z.infer<typeof MeasurementTaskState>;

export const MeasurementTaskError = z.object({ code: z.string(), message: z.string() });

/** How a request for measurements goes. */
export const MeasurementRequestView = z
  .object({
    id: z.uuid(),
    profile: HardwareProfileId,
    searchId: z.uuid(),
    tasks: z.array(
      z.object({
        candidateId: CandidateId,
        state: MeasurementTaskState,
        attempts: z.int(),
        error: MeasurementTaskError.nullable().describe('Of the last attempt that failed'),
        latencyMs: z.number().nullable(),
      }),
    ),
    counts: z.record(MeasurementTaskState, z.int()),
    skipped: z
      .object({ measured: z.int(), waiting: z.int(), withoutModel: z.int() })
      .nullable()
      .describe('Asked for and not queued; only in the answer to the request'),
    isFinished: z.boolean(),
    links: z.object({ self: z.string() }),
  })
  .meta({ id: 'MeasurementRequestStatus' });
export type MeasurementRequestView = z.infer<typeof MeasurementRequestView>;
