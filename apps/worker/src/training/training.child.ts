/** @file The process that computes one search. It owns no row: all it knows goes to its parent as messages. */
import { setImmediate } from 'node:timers/promises';
import { ConfigurationError, messageOf, NasError } from '@sextant/common';
import {
  parseAs,
  TrainingCommand,
  type SearchError,
  type StartCommand,
  type StopReason,
  type TrainingMessage,
} from '@sextant/contracts';
import { runMethod } from './methods';

const [datasetRoot] = process.argv.slice(2);
let stopReason: StopReason | null = null;

/** Resolves once the message is in the parent's pipe. */
const send = (message: TrainingMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });

const tell = (message: TrainingMessage): void => void send(message).catch(() => process.exit(1));

async function compute(start: StartCommand): Promise<TrainingMessage> {
  if (datasetRoot === undefined) throw new ConfigurationError('the data set directory is missing');
  const stopRequested = () => setImmediate().then(() => stopReason);
  const outcome = await runMethod(start, { datasetRoot, send, tell, stopRequested });
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
