/** @file A method that trains a supernet, in the process that computes: data set, checkpoint and models on disk, the rest in `runSearch`. */
import { createRequire } from 'node:module';
import os from 'node:os';
import type { StartCommand, SupernetMethodName } from '@sextant/contracts';
import { openDataset } from '@sextant/datasets';
import { probeLowerings, type Lowerings } from '@sextant/engine';
import { resolveSupernetSpace, runSearch } from '@sextant/evaluation';
import { ArtifactStore } from '@sextant/persistence';
import { latestCheckpoint, writeCheckpoint } from '../checkpoint-file';
import type { RunMethod } from './method';

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

export const runSupernetSearch: RunMethod<SupernetMethodName> = async (start, parent) => {
  const { spec, checkpointDirectory, artifactDirectory, done, threads, memoryLimitBytes } = start;
  const artifacts = new ArtifactStore(artifactDirectory);
  const checkpoint = latestCheckpoint(checkpointDirectory, (error) => {
    console.error(`${error.message}; going back to the one before`);
  });
  return runSearch(
    {
      spec,
      space: resolveSupernetSpace(spec.space),
      dataset: await openDataset(spec.dataset, { root: parent.datasetRoot }),
      checkpoint: checkpoint?.payload ?? null,
      done,
      machine: { threads, memoryLimitBytes, device: deviceName(), runtime: runtimeName() },
      lowerings: await lowerings(start),
      ...(start.blockLatencies && {
        blockLatencies: new Map(Object.entries(start.blockLatencies)),
      }),
    },
    {
      nowMs: () => performance.now(),
      today: () => new Date().toISOString(),
      onProgress: (progress) => parent.tell({ type: 'progress', progress }),
      onCandidates: (candidates) =>
        parent.tell({ type: 'candidates', candidates: [...candidates] }),
      saveCheckpoint: (bytes, step) =>
        parent.send({ type: 'checkpoint', ...writeCheckpoint(checkpointDirectory, step, bytes) }),
      saveModel: (bytes) => artifacts.put(bytes),
      loadModel: (sha256) => artifacts.get(sha256),
      stopRequested: () => parent.stopRequested(),
    },
  );
};
