/** @file The real training process, told to stop: it computes nothing after the step or the run it is in. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleChild } from '@sextant/common/testing';
import {
  CreateSearch,
  TrainingMessage,
  type StopReason,
  type TrainingCommand,
} from '@sextant/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const home = mkdtempSync(path.join(tmpdir(), 'sextant-training-'));
const running = new Set<ChildProcess>();
let program: string;
beforeAll(async () => {
  program = await bundleChild(path.join(import.meta.dirname, 'training.child.ts'));
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

interface Run {
  readonly epochs: number;
  readonly batchSize: number;
  readonly memoryLimitBytes?: number;
  /** Why to stop on hearing this, if at all. */
  readonly stopOn?: (message: TrainingMessage) => StopReason | null;
}

/** All that the process said until it ended. */
async function heard({ epochs, batchSize, memoryLimitBytes = 2 ** 30, stopOn }: Run) {
  const child = fork(program, [home], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  running.add(child);
  const messages: TrainingMessage[] = [];
  let stoppedAfter = Infinity;
  child.on('message', (data) => {
    const message = TrainingMessage.parse(data);
    messages.push(message);
    const reason = stoppedAfter === Infinity ? stopOn?.(message) : null;
    if (!reason) return;
    stoppedAfter = messages.length;
    child.send({ type: 'stop', reason } satisfies TrainingCommand);
  });
  const start: TrainingCommand = {
    type: 'start',
    spec: CreateSearch.parse({
      dataset: 'fashion-mnist-subset',
      space: 'mbconv-fashion-mnist-v1',
      method: { name: 'big-nas', options: { epochs, batchSize } },
      evaluation: { candidates: 4 },
    }),
    threads: 1,
    executionProvider: 'cpu',
    memoryLimitBytes,
    checkpointDirectory: mkdtempSync(path.join(home, 'checkpoints-')),
    artifactDirectory: path.join(home, 'artifacts'),
    done: [],
  };
  const ended = once(child, 'exit');
  child.send(start);
  const [code] = (await ended) as [number | null];
  running.delete(child);
  return { code, messages, afterStop: messages.slice(stoppedAfter) };
}

const isTrainingStep = (step: number) => (message: TrainingMessage) =>
  message.type === 'progress' &&
  message.progress.phase === 'training' &&
  message.progress.step === step;

describe('the training process', () => {
  it('takes at most the step it is in after a cancel, and stores nothing more', async () => {
    const isThird = isTrainingStep(3);
    const stopOn = (message: TrainingMessage) => (isThird(message) ? 'cancel' : null);
    const { code, afterStop } = await heard({ epochs: 5, batchSize: 128, stopOn });
    expect(code).toBe(0);
    const steps = afterStop.filter(({ type }) => type === 'progress');
    expect(steps.length).toBeLessThanOrEqual(1);
    expect(afterStop.slice(steps.length)).toEqual([{ type: 'stopped', reason: 'cancel' }]);
  });

  it('saves that step where it is paused', async () => {
    const isSecond = isTrainingStep(2);
    const stopOn = (message: TrainingMessage) => (isSecond(message) ? 'pause' : null);
    const { afterStop } = await heard({ epochs: 5, batchSize: 128, stopOn });
    const steps = afterStop.filter(({ type }) => type === 'progress');
    expect(steps.length).toBeLessThanOrEqual(1);
    expect(afterStop.slice(steps.length)).toEqual([
      expect.objectContaining({ type: 'checkpoint', step: 2 + steps.length }),
      { type: 'stopped', reason: 'pause' },
    ]);
  });

  it('leaves the child it evaluates unfinished', async () => {
    const stopOn = ({ type }: TrainingMessage) => (type === 'candidates' ? 'cancel' : null);
    const { messages } = await heard({ epochs: 0.05, batchSize: 64, stopOn });
    expect(messages.filter(({ type }) => type === 'candidates')).toHaveLength(1);
    expect(messages.at(-1)).toEqual({ type: 'stopped', reason: 'cancel' });
  });

  it('refuses before its first step what may not fit into its memory', async () => {
    const { messages } = await heard({ epochs: 1, batchSize: 64, memoryLimitBytes: 300 * 2 ** 20 });
    expect(messages).toEqual([
      {
        type: 'failed',
        error: {
          code: 'memory-limit',
          message: expect.stringContaining('has 300 MiB'),
          permanent: true,
        },
      },
    ]);
  });
});
