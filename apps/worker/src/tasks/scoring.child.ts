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
import { scoreShard } from '@sextant/evaluation';
import { ScoreBuffer } from './score-buffer';

type Compute<T extends TaskCommand['type']> = Extract<TaskCommand, { type: T }>;

const [datasetRoot] = process.argv.slice(2);
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

/** What we did not foresee may pass on another try; three without progress are quarantined. */
const asSearchError = (error: unknown): SearchError =>
  error instanceof NasError
    ? { code: error.code, message: error.message, permanent: error.permanent }
    : { code: 'unexpected', message: messageOf(error), permanent: false };

async function finish(work: Promise<TaskMessage>): Promise<never> {
  const lastWord = await work.catch((error: unknown): TaskMessage => {
    console.error(error);
    return { type: 'failed', error: asSearchError(error) };
  });
  await send(lastWord);
  process.exit(0);
}

function obey(command: TaskCommand): void {
  switch (command.type) {
    case 'stop':
      stopReason = command.reason;
      return;
    case 'score':
      void finish(score(command));
      return;
    default:
      throw new ConfigurationError(`this process does not know ${command.type}`);
  }
}

// nobody stores what an orphan computes
process.once('disconnect', () => process.exit(0));
process.on('message', (message) => obey(parseAs(TaskCommand, message, 'a command to a task')));
