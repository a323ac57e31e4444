/** @file The process that does one task. It owns no row: all it knows goes to its parent as messages. */
import { setImmediate } from 'node:timers/promises';
import { ConfigurationError, messageOf, NasError } from '@sextant/common';
import {
  isSearchBy,
  parseAs,
  TaskCommand,
  type CreateSearch,
  type SearchBy,
  type SearchError,
  type StopReason,
  type TaskMessage,
} from '@sextant/contracts';
import { openDataset } from '@sextant/datasets';
import { probeLowerings } from '@sextant/engine';
import { predictAccuracies, reportCorrelations, scoreShard } from '@sextant/evaluation';
import { ReceivedTable } from './received-table';
import { ScoreBuffer } from './score-buffer';

type Compute<T extends TaskCommand['type']> = Extract<TaskCommand, { type: T }>;

const [datasetRoot] = process.argv.slice(2);
const predictionsPerMessage = 2000;
const received = new ReceivedTable();
const stopping = new AbortController();
let stopReason: StopReason | null = null;

/** Resolves once the message is in the parent's pipe. */
const send = (message: TaskMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });

const stopRequested = (): Promise<StopReason | null> => setImmediate().then(() => stopReason);

function requireZeroCost(spec: CreateSearch): SearchBy<'zero-cost'> {
  if (isSearchBy(spec, 'zero-cost')) return spec;
  throw new ConfigurationError(`this process has no tasks for ${spec.method.name}`);
}

async function score(command: Compute<'score'>): Promise<TaskMessage> {
  if (datasetRoot === undefined) throw new ConfigurationError('the data set directory is missing');
  const spec = requireZeroCost(command.spec);
  const buffer = new ScoreBuffer(
    (architectures) => send({ type: 'scored', architectures }),
    () => performance.now(),
  );
  const outcome = await scoreShard(
    {
      spec,
      dataset: await openDataset(spec.dataset, { root: datasetRoot }),
      encodings: command.encodings,
      done: new Set(command.done),
      threads: command.threads,
      lowerings: await probeLowerings(command.executionProvider),
    },
    { onScored: (architecture) => buffer.add(architecture), stopRequested },
  );
  await buffer.flush();
  return outcome.kind === 'done'
    ? { type: 'done', result: { kind: 'score', scored: outcome.scored } }
    : { type: 'stopped', reason: outcome.reason };
}

async function predict({ spec, predictor }: Compute<'predict'>): Promise<TaskMessage> {
  const startedMs = performance.now();
  const table = received.table(requireZeroCost(spec));
  // On networks this small several threads wait for each other: two take half as long again as one.
  const options = { threads: 1, signal: stopping.signal };
  const { predictions, result } = await predictAccuracies(table, predictor, options);
  for (let at = 0; at < predictions.length; at += predictionsPerMessage) {
    const some = predictions.slice(at, at + predictionsPerMessage);
    await send({ type: 'predictions', predictions: some });
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return { type: 'done', result: { kind: 'predict', ...result, seconds } };
}

function report({ spec, report: payload }: Compute<'report'>): Promise<TaskMessage> {
  const table = received.table(requireZeroCost(spec));
  const result = reportCorrelations(table, received.fitted, payload);
  return Promise.resolve({ type: 'done', result: { kind: 'report', ...result } });
}

/** A fit that was stopped throws what it was stopped by. */
const orStopped = (error: unknown): TaskMessage | null =>
  stopReason !== null && stopping.signal.aborted && error === stopping.signal.reason
    ? { type: 'stopped', reason: stopReason }
    : null;

/** What we did not foresee may pass on another try; three without progress are quarantined. */
const asSearchError = (error: unknown): SearchError =>
  error instanceof NasError
    ? { code: error.code, message: error.message, permanent: error.permanent }
    : { code: 'unexpected', message: messageOf(error), permanent: false };

async function finish(work: Promise<TaskMessage>): Promise<never> {
  const lastWord = await work.catch((error: unknown): TaskMessage => {
    const stopped = orStopped(error);
    if (stopped) return stopped;
    console.error(error);
    return { type: 'failed', error: asSearchError(error) };
  });
  await send(lastWord);
  process.exit(0);
}

/** Whatever throws on the way is the task's failure. */
const start = (work: () => Promise<TaskMessage>): void => void finish(Promise.resolve().then(work));

function obey(command: TaskCommand): void {
  switch (command.type) {
    case 'stop':
      stopReason = command.reason;
      stopping.abort();
      return;
    case 'score':
      return start(() => score(command));
    case 'scores':
    case 'labels':
    case 'fitted':
      return received.take(command);
    case 'predict':
      return start(() => predict(command));
    case 'report':
      return start(() => report(command));
  }
}

// nobody stores what an orphan computes
process.once('disconnect', () => process.exit(0));
process.on('message', (message) => obey(parseAs(TaskCommand, message, 'a command to a task')));
