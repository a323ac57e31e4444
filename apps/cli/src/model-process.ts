/** @file Asks a process of its own about a model, and outlives whatever the model does to that process. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { residentBytes } from '@sextant/processes';
import { CommandFailed, exitStatus } from './exit-status';
import { plain } from './output/inspection';

export interface ModelLimits {
  /** Resident memory of the process. */
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

const memoryCheckMs = 50;
const lastCharacters = 600;
/** V8 aborts with this line when its heap is full. */
const heapIsFull = /JavaScript heap out of memory/;

/** What every such process may answer instead of what it was asked for. */
export interface ModelFailure {
  readonly error: string;
  /** The file, or what was asked of it, is at fault. */
  readonly refused: boolean;
}

/**
 * @param entry script to fork; it answers one request with one answer
 * @throws {CommandFailed} `usage`: the file is refused; `timeout`: it took too long; `failed`: the process passed its
 * memory limit or crashed
 */
export async function askAboutModel<Answer extends object>(
  entry: string,
  request: { readonly file: string },
  limits: ModelLimits,
): Promise<Answer> {
  const heapMebibytes = Math.max(64, Math.floor(limits.memoryBytes / 2 ** 20));
  const child = fork(entry, [], {
    execArgv: ['--enable-source-maps', `--max-old-space-size=${heapMebibytes}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const watch = new AbortController();
  try {
    child.send(request, () => undefined); // a child that has gone already is told by `ended`
    const answer = await Promise.race([
      answered<Answer>(child),
      ended(child),
      outOfTime(limits.timeoutMs, watch.signal),
      outOfMemory(child, limits.memoryBytes, watch.signal),
    ]);
    if (!isFailure(answer)) return answer;
    const status = answer.refused ? exitStatus.usage : exitStatus.failed;
    throw new CommandFailed(`${request.file}: ${plain(answer.error)}`, status);
  } finally {
    watch.abort();
    child.kill('SIGKILL');
  }
}

const isFailure = (answer: object): answer is ModelFailure => 'error' in answer;

const answered = <Answer>(child: ChildProcess): Promise<Answer | ModelFailure> =>
  new Promise((resolve) =>
    child.once('message', (answer) => resolve(answer as Answer | ModelFailure)),
  );

/** Rejects once the process is gone and all it said has been heard. */
async function ended(child: ChildProcess): Promise<never> {
  let lastLines = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastLines = (lastLines + text).slice(-lastCharacters);
  });
  // 'close' can precede the last message; 'disconnect' comes after it, but not if the fork failed
  const disconnected = once(child, 'disconnect');
  const closed = once(child, 'close'); // rejects with 'error'
  await Promise.all([closed, disconnected]);
  throw crash(child, lastLines.trim());
}

const killed = 'somebody ended it, or the system did because memory was short';
const faulted = 'opening or running this model makes ONNX Runtime fail, so do not serve it';

function crash({ exitCode, signalCode }: ChildProcess, lastLines: string): CommandFailed {
  if (heapIsFull.test(lastLines)) return tooMuchMemory();
  const how = signalCode === null ? `ended with exit code ${exitCode}` : `died of ${signalCode}`;
  const why = signalCode === 'SIGKILL' ? killed : faulted;
  const words = lastLines === '' ? '' : `; its last words: ${plain(lastLines)}`;
  return new CommandFailed(
    `the process that opened the model ${how}: ${why}${words}`,
    exitStatus.failed,
  );
}

const tooMuchMemory = (): CommandFailed =>
  new CommandFailed(
    'the model needs more memory than it may have; choose smaller inputs, or raise --max-memory',
    exitStatus.failed,
  );

async function outOfTime(timeoutMs: number, signal: AbortSignal): Promise<never> {
  await pause(timeoutMs, undefined, { signal });
  throw new CommandFailed(
    `no answer within ${timeoutMs / 1000} s; ask for fewer --runs or smaller inputs, or raise --timeout`,
    exitStatus.timeout,
  );
}

async function outOfMemory(
  { pid }: ChildProcess,
  limitBytes: number,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    if (pid !== undefined && (await residentBytes(pid)) > limitBytes) throw tooMuchMemory();
    await pause(memoryCheckMs, undefined, { signal });
  }
}
