/** @file `sextant query` and `sextant search estimate`: what fits a device, and what a search would cost. */
import { readFileSync } from 'node:fs';
import { messageOf } from '@sextant/common';
import { ApiClient } from '../api-client';
import { BenchmarkClient } from '../benchmark-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { answerLines, estimateLines } from '../output/benchmarks';
import type { ApiOptions } from './search.command';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

export interface QueryOptions extends ApiOptions {
  readonly hardware: string;
  readonly benchmark?: string;
  readonly search?: string;
  readonly maxLatency?: number;
  readonly maxEnergy?: number;
  readonly maxMemory?: number;
  readonly maxMacs?: number;
  readonly maxParams?: number;
  readonly minAccuracy?: number;
  readonly select?: string;
  readonly orderBy?: string;
  readonly finalists?: number;
  /** commander's `--no-measure`. */
  readonly measure: boolean;
}

export async function query(options: QueryOptions): Promise<void> {
  const { url, json, hardware, benchmark, search, minAccuracy, select } = options;
  const { orderBy, finalists, measure } = options;
  const asked = await new BenchmarkClient(new ApiClient(url)).ask(
    hardware,
    {
      benchmark,
      searchId: search,
      limits: {
        latencyMs: options.maxLatency,
        energyMj: options.maxEnergy,
        memoryBytes: options.maxMemory,
        macs: options.maxMacs,
        paramCount: options.maxParams,
      },
      minAccuracy,
      select,
      orderBy,
      finalists,
      measure,
    },
    () =>
      void process.stderr.write(
        `finalists wait to be measured on ${hardware}, by: sextant hw agent --profile ${hardware}\n`,
      ),
  );
  const { answer } = asked;
  if (!answer) throw new CommandFailed('the query has no answer', exitStatus.failed);
  if (json) print(JSON.stringify(asked));
  if (!answer.feasible) {
    throw new CommandFailed(`nothing fits. ${answer.hint}`, exitStatus.infeasible);
  }
  if (!json) answerLines(answer).forEach(print);
}

export async function estimate(file: string, { url, json }: ApiOptions): Promise<void> {
  const spec = specIn(file);
  const answer = await new BenchmarkClient(new ApiClient(url)).estimate(spec);
  if (json) print(JSON.stringify(answer));
  else estimateLines(answer).forEach(print);
  if (!answer.feasible) throw new CommandFailed('its limits cannot be met', exitStatus.infeasible);
}

function specIn(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandFailed(`${file}: ${messageOf(error)}`, exitStatus.usage);
  }
}
