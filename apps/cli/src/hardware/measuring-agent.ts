/** @file Takes models one by one, measures each in a process of its own, and reports; outlives what goes wrong with one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { messageOf, ServiceUnavailableError } from '@sextant/common';
import type { HardwareConditions, MeasurementResult, MeasurementTask } from '@sextant/contracts';
import type { SteadyLatency } from '@sextant/evaluation';
import type { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import type { AgentClient } from './agent-client';
import { measureModel } from './measure-model';

export interface MeasuringOptions {
  readonly conditions: HardwareConditions;
  /** Timed runs of each repetition. */
  readonly runs: number;
  /** Fraction by which two repetitions may differ. */
  readonly tolerance: number;
  readonly mostRounds: number;
  readonly maxModelBytes: number;
  readonly maxMemoryBytes: number;
  readonly timeoutMs: number;
  /** Script of the measuring process, where it is not the built one. */
  readonly entry?: string;
}

/** What became of one task. */
export interface Settled {
  readonly task: MeasurementTask;
  readonly latency: SteadyLatency | null;
  /** Why it was not measured, or not believed. */
  readonly problem: string | null;
}

/** Beyond what measuring may take, before somebody else may have the task. */
const leaseSlackSeconds = 60;
const longestLeaseSeconds = 3600;
const firstRetryMs = 1000;
const longestRetryMs = 30_000;

export class MeasuringAgent {
  constructor(
    private readonly api: ApiClient,
    private readonly agent: AgentClient,
    private readonly options: MeasuringOptions,
  ) {}

  /**
   * Measures whatever waits until `isDone` says that is enough; it is asked whenever nothing waits.
   * A service that does not answer is asked again, ever more slowly.
   * @throws {CommandFailed} the service refuses this agent
   */
  async run(
    onSettled: (settled: Settled) => void,
    isDone: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      try {
        const { task, pollAfterMs } = await this.lease();
        retryMs = firstRetryMs;
        if (task !== null) onSettled(await this.settle(task));
        else if (await isDone()) return;
        else await wait(pollAfterMs, signal);
      } catch (error) {
        if (!(error instanceof ServiceUnavailableError)) throw error;
        await wait(retryMs, signal);
        retryMs = Math.min(2 * retryMs, longestRetryMs);
      }
    }
  }

  private lease() {
    const { conditions, timeoutMs } = this.options;
    const seconds = Math.ceil(timeoutMs / 1000) + leaseSlackSeconds;
    const leaseSeconds = Math.min(seconds, longestLeaseSeconds);
    return this.agent.lease({ conditions, leaseSeconds });
  }

  private async settle(task: MeasurementTask): Promise<Settled> {
    const { latency, problem } = await this.measure(task);
    const result: MeasurementResult =
      latency !== null && problem === null
        ? measured(task, latency)
        : failed(task, latency === null ? 'not-measured' : 'too-noisy', String(problem));
    try {
      await this.agent.settle(task.id, result);
      return { task, latency, problem };
    } catch (error) {
      // refused, or somebody else has the task by now: the service has said why
      if (!(error instanceof CommandFailed) || error.status !== exitStatus.usage) throw error;
      return { task, latency, problem: error.message };
    }
  }

  /** A model that cannot be measured is a result like any other; a service that is away is not. */
  private async measure(task: MeasurementTask): Promise<Omit<Settled, 'task'>> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sextant-agent-'));
    const { conditions, runs, tolerance, mostRounds, entry, ...limits } = this.options;
    try {
      if (task.model.bytes > limits.maxModelBytes) {
        return {
          latency: null,
          problem: `the model has ${task.model.bytes} bytes, over the limit`,
        };
      }
      const file = path.join(folder, `${task.candidateId}.onnx`);
      await writeFile(file, await this.api.model(task.model));
      const latency = await measureModel(
        {
          file,
          maxFileBytes: limits.maxModelBytes,
          batch: conditions.batch,
          threads: conditions.threads ?? 1,
          runs,
          tolerance,
          mostRounds,
        },
        { memoryBytes: limits.maxMemoryBytes, timeoutMs: limits.timeoutMs },
        entry,
      );
      return { latency, problem: latency.isSteady ? null : noise(latency, tolerance) };
    } catch (error) {
      if (error instanceof ServiceUnavailableError) throw error;
      return { latency: null, problem: messageOf(error).replaceAll(folder + path.sep, '') };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

const noise = ({ medians }: SteadyLatency, tolerance: number): string =>
  `this machine is too noisy: no two of ${medians.length} medians in a row are within ${100 * tolerance} % ` +
  `(${medians.map((it) => it.toFixed(3)).join(', ')} ms); stop other work, or raise --tolerance`;

const measured = ({ leaseEpoch }: MeasurementTask, it: SteadyLatency): MeasurementResult => ({
  outcome: 'measured',
  leaseEpoch,
  latencyMs: {
    value: it.value,
    p10: Math.min(it.p10, it.value),
    p90: Math.max(it.p90, it.value),
    n: it.n,
  },
  medians: [...it.medians],
  measuredAt: new Date().toISOString(),
});

const failed = (
  { leaseEpoch }: MeasurementTask,
  code: string,
  message: string,
): MeasurementResult => ({
  outcome: 'failed',
  leaseEpoch,
  error: { code, message: message.slice(0, 2000) },
});

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);
