/** @file `sextant hw agent` and `sextant hw measure`: this machine measures models, for anyone or for one search. */
import os from 'node:os';
import type { CreatedAgentKey, MeasurementRequestView } from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { AgentClient } from '../hardware/agent-client';
import { HardwareClient } from '../hardware/hardware-client';
import { MeasuringAgent, type MeasuringOptions, type Settled } from '../hardware/measuring-agent';
import { conditionsHere } from '../hardware/this-machine';
import { settledLine, measurementTable } from '../output/hardware';
import type { ApiOptions } from './search.command';

export interface MeasuringCommandOptions extends ApiOptions {
  readonly profile: string;
  readonly device?: string;
  readonly threads: number;
  readonly batch: number;
  readonly runs: number;
  /** Percent. */
  readonly tolerance: number;
  readonly rounds: number;
  /** MiB. */
  readonly maxSize: number;
  /** MiB. */
  readonly maxMemory: number;
  /** Seconds for one model. */
  readonly timeout: number;
}

const mebibyte = 2 ** 20;
const fewestRuns = 50;

function measuringOptions(options: MeasuringCommandOptions): MeasuringOptions {
  if (options.runs < fewestRuns || options.rounds < 2) {
    throw new CommandFailed(
      `--runs must be at least ${fewestRuns} and --rounds at least 2, or the service refuses the result`,
      exitStatus.usage,
    );
  }
  return {
    conditions: conditionsHere(options),
    runs: options.runs,
    tolerance: options.tolerance / 100,
    mostRounds: options.rounds,
    maxModelBytes: options.maxSize * mebibyte,
    maxMemoryBytes: options.maxMemory * mebibyte,
    timeoutMs: options.timeout * 1000,
  };
}

/** Ends with the first signal, after the model at hand. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort());
  }
  return controller.signal;
}

const say = ({ json }: ApiOptions, settled: Settled): void =>
  void process.stderr.write(json ? '' : `${settledLine(settled)}\n`);

export interface AgentOptions extends MeasuringCommandOptions {
  readonly key?: string;
  readonly untilIdle: boolean;
}

export async function hwAgent(options: AgentOptions): Promise<void> {
  const { url, profile, key = process.env['SEXTANT_AGENT_KEY'] } = options;
  if (!key) {
    throw new CommandFailed(
      'give --key or SEXTANT_AGENT_KEY; make one with: sextant hw agent-key create',
      exitStatus.usage,
    );
  }
  const api = new ApiClient(url);
  const agent = new MeasuringAgent(
    api,
    new AgentClient(api, profile, key),
    measuringOptions(options),
  );
  let measured = 0;
  let failed = 0;
  const onSettled = (settled: Settled): void => {
    if (settled.problem === null) measured += 1;
    else failed += 1;
    say(options, settled);
  };
  await agent.run(onSettled, () => Promise.resolve(options.untilIdle), untilInterrupted());
  const summary = { profile, measured, failed };
  process.stdout.write(
    options.json ? `${JSON.stringify(summary)}\n` : `${measured} measured, ${failed} not\n`,
  );
}

export interface MeasureOptions extends MeasuringCommandOptions {
  readonly search: string;
  readonly top?: number;
  readonly candidate: readonly string[];
  readonly again: boolean;
}

const usualTop = 10;

export async function hwMeasure(options: MeasureOptions): Promise<void> {
  const { url, profile, search: searchId, candidate, again } = options;
  const measuring = measuringOptions(options);
  if (options.top !== undefined && candidate.length > 0) {
    throw new CommandFailed('give --top or --candidate, not both', exitStatus.usage);
  }
  const api = new ApiClient(url);
  const hardware = new HardwareClient(api);
  await registerHere(hardware, profile, measuring);
  const what =
    candidate.length > 0 ? { candidateIds: [...candidate] } : { top: options.top ?? usualTop };
  const request = await hardware.request(profile, { searchId, again, ...what });
  const name = `hw measure on ${os.hostname()}`.slice(0, 200);
  const key = await hardware.createKey(profile, { name, source: 'measured' });
  const signal = untilInterrupted();
  const done = await measureAll({ api, hardware, measuring, key, request, signal, options });
  if (options.json) process.stdout.write(`${JSON.stringify(done)}\n`);
  else for (const line of measurementTable(done)) process.stdout.write(`${line}\n`);
  requireAll(done, signal);
}

/** A profile that is not there yet is this machine's. */
async function registerHere(
  hardware: HardwareClient,
  profile: string,
  { conditions }: MeasuringOptions,
): Promise<void> {
  const known = await hardware.list();
  if (known.some(({ id }) => id === profile)) return;
  await hardware.create({
    id: profile,
    source: 'measured',
    space: null,
    keys: 'architecture',
    conditions,
  });
}

interface Measuring {
  readonly api: ApiClient;
  readonly hardware: HardwareClient;
  readonly measuring: MeasuringOptions;
  readonly key: CreatedAgentKey;
  readonly request: MeasurementRequestView;
  readonly signal: AbortSignal;
  readonly options: MeasureOptions;
}

/** The key is good for this one run. */
async function measureAll(it: Measuring): Promise<MeasurementRequestView> {
  const { api, hardware, key, request, signal } = it;
  const agent = new MeasuringAgent(api, new AgentClient(api, key.profile, key.token), it.measuring);
  const status = () => hardware.getRequest(key.profile, request.id);
  try {
    await agent.run(
      (settled) => say(it.options, settled),
      async () => (await status()).isFinished,
      signal,
    );
  } finally {
    await hardware.revokeKey(key.profile, key.id);
  }
  return status();
}

function requireAll(
  { tasks, counts, profile, id }: MeasurementRequestView,
  signal: AbortSignal,
): void {
  if (signal.aborted && counts.waiting + counts.leased > 0) {
    throw new CommandFailed(
      `stopped; ${counts.waiting + counts.leased} models still wait for an agent of ${profile} (request ${id})`,
      exitStatus.cancelled,
    );
  }
  if (counts['given-up'] === 0) return;
  const reason =
    tasks.find(({ state }) => state === 'given-up')?.error?.message ?? 'no reason given';
  throw new CommandFailed(
    `${counts['given-up']} of ${tasks.length} models could not be measured; the first: ${reason}`,
    exitStatus.failed,
  );
}
