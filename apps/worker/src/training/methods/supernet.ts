/** @file A method that trains a supernet, in the process that computes: data set, checkpoint and models on disk, the rest in `runSearch`. */
import { createRequire } from 'node:module';
import os from 'node:os';
import type { Progress, StartCommand, SupernetMethodName } from '@sextant/contracts';
import { openDataset } from '@sextant/datasets';
import { probeLowerings, type Lowerings } from '@sextant/engine';
import { resolveSupernetSpace, runSearch } from '@sextant/evaluation';
import { ArtifactStore } from '@sextant/persistence';
import { latestCheckpoint, writeCheckpoint } from '../checkpoint-file';
import type { Parent, RunMethod } from './method';

function runtimeName(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    version: string;
  };
  return `onnxruntime-node ${version}`;
}

const deviceName = (): string =>
  `${os.cpus()[0]?.model.trim() ?? 'unknown processor'} (${process.platform}-${process.arch})`;

/** A machine without the provider that its worker is set to still computes, and says so in the worker's log. */
async function lowerings({
  executionProvider,
}: Pick<StartCommand, 'executionProvider'>): Promise<Lowerings> {
  const probed = await probeLowerings(executionProvider);
  if (probed.executionProvider !== executionProvider) {
    console.error(`training on the processor instead of ${probed.fallback}`);
  }
  return probed;
}

/** What every search that trains has: its machine, its checkpoint, and the ways to disk and parent. */
export async function computing(start: StartCommand, parent: Parent) {
  const { checkpointDirectory, artifactDirectory, threads, memoryLimitBytes } = start;
  const artifacts = new ArtifactStore(artifactDirectory);
  const checkpoint = latestCheckpoint(checkpointDirectory, (error) => {
    console.error(`${error.message}; going back to the one before`);
  });
  return {
    checkpoint: checkpoint?.payload ?? null,
    machine: { threads, memoryLimitBytes, device: deviceName(), runtime: runtimeName() },
    lowerings: await lowerings(start),
    ports: {
      nowMs: () => performance.now(),
      today: () => new Date().toISOString(),
      onProgress: (progress: Progress) => parent.tell({ type: 'progress', progress }),
      saveCheckpoint: (bytes: Uint8Array, step: number) =>
        parent.send({ type: 'checkpoint', ...writeCheckpoint(checkpointDirectory, step, bytes) }),
      saveModel: (bytes: Uint8Array) => artifacts.put(bytes),
      loadModel: (sha256: string) => artifacts.get(sha256),
      stopRequested: () => parent.stopRequested(),
    },
  };
}

export const runSupernetSearch: RunMethod<SupernetMethodName> = async (start, parent) => {
  const { spec, done, blockLatencies } = start;
  const { ports, ...computed } = await computing(start, parent);
  return runSearch(
    {
      ...{ spec, done, ...computed },
      space: resolveSupernetSpace(spec.space),
      dataset: await openDataset(spec.dataset, { root: parent.datasetRoot }),
      ...(blockLatencies && { blockLatencies: new Map(Object.entries(blockLatencies)) }),
    },
    {
      ...ports,
      onCandidates: (candidates) =>
        parent.tell({ type: 'candidates', candidates: [...candidates] }),
    },
  );
};
