/** @file `sextant best` and `sextant pareto`: what a search has found, asked for from a shell. */
import type { BestView, ParetoView, SortKey } from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { bestLine, paretoCsv, paretoTable } from '../output/query';
import type { ApiOptions } from './search.command';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

export interface BestOptions extends ApiOptions {
  readonly search: string;
  readonly hardware?: string;
  readonly maxLatency?: number;
  readonly maxEnergy?: number;
  readonly maxMemory?: number;
  readonly maxMacs?: number;
  readonly maxParams?: number;
  readonly minAccuracy?: number;
  readonly orderBy?: BestView['orderBy'];
  readonly evidence?: BestView['evidence'];
}

/** Parameters of the API that were given. */
export function bestParameters(options: Omit<BestOptions, 'url'>): Record<string, string> {
  const asked = {
    hardware: options.hardware,
    maxLatencyMs: options.maxLatency,
    maxEnergyMj: options.maxEnergy,
    maxMemoryBytes: options.maxMemory,
    maxMacs: options.maxMacs,
    maxParams: options.maxParams,
    minAccuracy: options.minAccuracy,
    orderBy: options.orderBy,
    evidence: options.evidence,
  };
  return Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    ),
  );
}

export async function best({ url, ...options }: BestOptions): Promise<void> {
  const answer = await new ApiClient(url).best(options.search, bestParameters(options));
  if (options.json) print(JSON.stringify(answer));
  if (!answer.feasible) {
    throw new CommandFailed(`nothing fits. ${answer.hint}`, exitStatus.infeasible);
  }
  if (!options.json) print(bestLine(answer));
}

export interface ParetoOptions extends ApiOptions {
  readonly search: string;
  readonly objectives: string;
  readonly evidence?: ParetoView['evidence'];
  readonly csv?: boolean;
}

/** Columns in the order they were asked for; the service has one order of its own. */
export function inOrder(asked: readonly string[], front: ParetoView): ParetoView {
  const places = asked.map((key) => front.objectives.findIndex((it) => it.key === key));
  if (places.some((place) => place < 0)) return front;
  const ordered = <T>(values: readonly T[]): T[] => places.map((place) => values[place] as T);
  return {
    ...front,
    objectives: ordered(front.objectives),
    points: front.points.map(({ id, values }) => ({ id, values: ordered(values) })),
  };
}

export async function pareto(options: ParetoOptions): Promise<void> {
  const { url, search, objectives, evidence, csv, json } = options;
  const asked = objectives.split(',').map((key) => key.trim()) as SortKey[];
  const query = { objectives: asked.join(','), ...(evidence && { evidence }) };
  const front = await new ApiClient(url).pareto(search, query);
  if (json) return print(JSON.stringify(front));
  (csv ? paretoCsv : paretoTable)(inOrder(asked, front)).forEach(print);
}
