/** @file What measuring agents are given to do, and what of their results is believed. */
import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ImplausibleMeasurementError, type Violation } from '@sextant/common';
import type {
  AgentKeyList,
  AgentKeyView,
  CreateAgentKey,
  CreatedAgentKey,
  HardwareConditions,
  LeasedMeasurement,
  LeaseMeasurement,
  MeasurementRequest,
  MeasurementRequestView,
  MeasurementResult,
} from '@sextant/contracts';
import { agentToken, implausibilities, signingKeyOf } from '@sextant/hardware';
import {
  AgentKeyRepository,
  HardwareProfileRepository,
  MeasurementTaskRepository,
  versionAt,
  type Skipped,
  type HeldTask,
  type StoredAgentKey,
  type StoredHardwareProfile,
  type StoredMeasurementRequest,
} from '@sextant/persistence';
import { ExpectedLatency } from './expected-latency';

/** 256 bits. */
const secretBytes = 32;
const idlePollMs = 2000;

const keyView = (key: StoredAgentKey): AgentKeyView => ({
  id: key.id,
  profile: key.profile,
  name: key.name,
  source: key.source,
  createdAt: key.createdAt.toISOString(),
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
});

function requestView(
  { id, profile, searchId, tasks }: StoredMeasurementRequest,
  skipped: Skipped | null,
): MeasurementRequestView {
  const count = (state: (typeof tasks)[number]['state']): number =>
    tasks.filter((task) => task.state === state).length;
  const counts = {
    waiting: count('waiting'),
    leased: count('leased'),
    done: count('done'),
    'given-up': count('given-up'),
  };
  return {
    id,
    profile,
    searchId,
    tasks: [...tasks],
    counts,
    skipped,
    isFinished: counts.waiting + counts.leased === 0,
    links: { self: `/v1/hardware-profiles/${profile}/measurement-requests/${id}` },
  };
}

type Measured = Extract<MeasurementResult, { outcome: 'measured' }>;

@Injectable()
export class AgentsService {
  constructor(
    @Inject(AgentKeyRepository) private readonly keys: AgentKeyRepository,
    @Inject(HardwareProfileRepository) private readonly profiles: HardwareProfileRepository,
    @Inject(MeasurementTaskRepository) private readonly tasks: MeasurementTaskRepository,
    @Inject(ExpectedLatency) private readonly expected: ExpectedLatency,
  ) {}

  async createKey(profile: string, spec: CreateAgentKey): Promise<CreatedAgentKey> {
    const secret = randomBytes(secretBytes).toString('base64url');
    const key = await this.keys.create(profile, spec, signingKeyOf(secret));
    return { ...keyView(key), token: agentToken(key.id, secret) };
  }

  async listKeys(profile: string): Promise<AgentKeyList> {
    await this.profiles.get(profile);
    return { items: (await this.keys.list(profile)).map(keyView) };
  }

  revokeKey(profile: string, id: string): Promise<void> {
    return this.keys.revoke(profile, id);
  }

  async request(profile: string, spec: MeasurementRequest): Promise<MeasurementRequestView> {
    const { request, skipped } = await this.tasks.request(profile, spec);
    return requestView(request, skipped);
  }

  async getRequest(profile: string, id: string): Promise<MeasurementRequestView> {
    return requestView(await this.tasks.get(profile, id), null);
  }

  /** Results go to the version of the agent's very conditions; another runtime makes another version. */
  async lease(
    { profile, id, source }: StoredAgentKey,
    { conditions, leaseSeconds }: LeaseMeasurement,
  ): Promise<LeasedMeasurement> {
    const version = await this.profiles.versionFor(profile, {
      source,
      space: null,
      keys: 'architecture',
      conditions: { ...conditions, measuredOn: null },
    });
    const task = await this.tasks.lease(profile, id, version, leaseSeconds);
    if (task === null) return { task: null, pollAfterMs: idlePollMs };
    const { searchId, candidateId, modelSha256, modelBytes, leaseExpiresAt } = task;
    return {
      task: {
        id: task.id,
        leaseEpoch: task.leaseEpoch,
        version,
        searchId,
        candidateId,
        model: {
          url: `/v1/searches/${searchId}/candidates/${candidateId}/model.onnx`,
          sha256: modelSha256,
          bytes: modelBytes,
        },
        leaseExpiresAt: leaseExpiresAt.toISOString(),
      },
      pollAfterMs: 0,
    };
  }

  /**
   * @throws {ImplausibleMeasurementError} it is not believed; the task goes to whoever asks next, or is given up
   * @throws {LeaseLostError} the task is somebody else's by now
   */
  async settle(agent: StoredAgentKey, task: string, result: MeasurementResult): Promise<void> {
    const { profile, id } = agent;
    const { leaseEpoch } = result;
    if (result.outcome === 'failed') {
      await this.tasks.fail(profile, task, id, leaseEpoch, result.error);
      return;
    }
    const held = await this.tasks.held(profile, task, id, leaseEpoch);
    const stored = await this.profiles.get(profile);
    const { conditions } = versionAt(stored, held.version);
    const violations = await this.doubts(stored, conditions, held, result);
    if (violations.length > 0) {
      const message = violations.map((it) => it.message).join('; ');
      await this.tasks.fail(profile, task, id, leaseEpoch, { code: 'implausible', message });
      throw new ImplausibleMeasurementError(`not believed: ${message}`, violations);
    }
    const { latencyMs, medians, measuredAt } = result;
    const { device, runtime, batch, threads, precision } = conditions;
    const measuredBy = { agent: id, agentName: agent.name };
    const details = { device, runtime, batch, threads, precision, medians, ...measuredBy };
    await this.tasks.complete(profile, task, id, leaseEpoch, { ...latencyMs, measuredAt, details });
  }

  private async doubts(
    profile: StoredHardwareProfile,
    conditions: HardwareConditions,
    { macs, version, searchId, candidateId }: HeldTask,
    { latencyMs, measuredAt }: Measured,
  ): Promise<Violation[]> {
    const others = await this.tasks.rangeOf(profile.id, version);
    const predicted = await this.expected.of(profile, conditions, searchId, candidateId);
    const isFuture = Date.parse(measuredAt) > Date.now() + 5 * 60_000;
    return [
      ...implausibilities(latencyMs, { macs, others, predicted }),
      ...(isFuture ? [{ pointer: '/measuredAt', message: `${measuredAt} is in the future` }] : []),
    ];
  }
}
