/** @file The process that computes one search. It owns no row: all it knows goes to its parent as messages. */
import { createRequire } from 'node:module';
import os from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { ConfigurationError, messageOf, NasError } from '@sextant/common';
import {
  isSearchBy,
  parseAs,
  TrainingCommand,
  type SearchError,
  type StartCommand,
  type StopReason,
  type TrainingMessage,
} from '@sextant/contracts';
import { openDataset } from '@sextant/datasets';
import { probeLowerings, type Lowerings } from '@sextant/engine';
import { resolveSpace, runSearch } from '@sextant/evaluation';
import { ArtifactStore } from '@sextant/persistence';
import { latestCheckpoint, writeCheckpoint } from './checkpoint-file';

const [datasetRoot] = process.argv.slice(2);
let stopReason: StopReason | null = null;

/** Resolves once the message is in the parent's pipe. */
const send = (message: TrainingMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });

const tell = (message: TrainingMessage): void => void send(message).catch(() => process.exit(1));

function runtimeName(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as {
    version: string;
  };
  return `onnxruntime-node ${version}`;
}

const deviceName = (): string =>
  `${os.cpus()[0]?.model.trim() ?? 'unknown processor'} (${process.platform}-${process.arch})`;

/** A machine without the provider that its worker is set to still computes, and says so in the worker's log. */
async function lowerings({ executionProvider }: StartCommand): Promise<Lowerings> {
  const probed = await probeLowerings(executionProvider);
  if (probed.executionProvider !== executionProvider) {
    console.error(`training on the processor instead of ${probed.fallback}`);
  }
  return probed;
}

async function compute(start: StartCommand): Promise<TrainingMessage> {
  if (datasetRoot === undefined) throw new ConfigurationError('the data set directory is missing');
  if (!isSearchBy(start.spec, 'big-nas')) {
    throw new ConfigurationError(`this process cannot run ${start.spec.method.name}`);
  }
  const { checkpointDirectory, artifactDirectory, done, threads, memoryLimitBytes } = start;
  const spec = start.spec;
  const artifacts = new ArtifactStore(artifactDirectory);
  const checkpoint = latestCheckpoint(checkpointDirectory, (error) => {
    console.error(`${error.message}; going back to the one before`);
  });
  const dataset = await openDataset(spec.dataset, { root: datasetRoot });
  const outcome = await runSearch(
    {
      spec,
      space: resolveSpace(spec.space),
      dataset,
      checkpoint: checkpoint?.payload ?? null,
      done,
      machine: { threads, memoryLimitBytes, device: deviceName(), runtime: runtimeName() },
      lowerings: await lowerings(start),
    },
    {
      nowMs: () => performance.now(),
      today: () => new Date().toISOString(),
      onProgress: (progress) => tell({ type: 'progress', progress }),
      onCandidates: (candidates) => tell({ type: 'candidates', candidates: [...candidates] }),
      saveCheckpoint: (bytes, step) =>
        send({ type: 'checkpoint', ...writeCheckpoint(checkpointDirectory, step, bytes) }),
      saveModel: (bytes) => artifacts.put(bytes),
      loadModel: (sha256) => artifacts.get(sha256),
      stopRequested: () => setImmediate().then(() => stopReason),
    },
  );
  return outcome.kind === 'done'
    ? { type: 'done', summary: outcome.summary }
    : { type: 'stopped', reason: outcome.reason };
}

/** What we did not foresee may pass on another try; three without progress are quarantined. */
const asSearchError = (error: unknown): SearchError =>
  error instanceof NasError
    ? { code: error.code, message: error.message, permanent: error.permanent }
    : { code: 'unexpected', message: messageOf(error), permanent: false };

async function finish(start: StartCommand): Promise<never> {
  const lastWord = await compute(start).catch((error: unknown): TrainingMessage => {
    console.error(error);
    return { type: 'failed', error: asSearchError(error) };
  });
  await send(lastWord);
  process.exit(0);
}

// nobody stores what an orphan computes
process.once('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const command = parseAs(TrainingCommand, message, 'a command to the training process');
  if (command.type === 'stop') stopReason = command.reason;
  else void finish(command);
});
