/** @file `sextant search submit|get|watch|cancel`, `sextant export`: the API from a shell. */
import { readFileSync, writeFileSync } from 'node:fs';
import { messageOf } from '@sextant/common';
import type { SearchView } from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus, type ExitStatus } from '../exit-status';
import { followSearch } from '../follow-search';
import { candidateTable } from '../output/candidates';
import { printerOn, progressLine } from '../output/progress';
import { scoredTable } from '../output/scoring';
import { ScoringClient } from '../scoring-client';

export interface ApiOptions {
  readonly url: string;
  readonly json?: boolean;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function readSpec(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandFailed(`${file}: ${messageOf(error)}`, exitStatus.usage);
  }
}

export async function submit(file: string, { url, json }: ApiOptions): Promise<void> {
  const search = await new ApiClient(url).submit(readSpec(file));
  print(
    json
      ? JSON.stringify(search)
      : `${search.id}\nFollow it with: sextant search watch ${search.id}`,
  );
}

export async function get(id: string, { url, json }: ApiOptions): Promise<void> {
  const search = await new ApiClient(url).search(id);
  print(json ? JSON.stringify(search) : `${search.state}: ${progressLine(search)}`);
}

export async function cancel(id: string, { url, json }: ApiOptions): Promise<void> {
  const search = await new ApiClient(url).cancel(id);
  print(json ? JSON.stringify(search) : search.state);
}

export const statusOfState = (state: SearchView['state']): ExitStatus => {
  if (state === 'succeeded') return exitStatus.ok;
  return state === 'cancelled' ? exitStatus.cancelled : exitStatus.failed;
};

export interface WatchOptions extends ApiOptions {
  /** Seconds. */
  readonly timeout?: number;
}

/** Ends waiting at the time limit or at Ctrl-C; the search itself goes on. */
function waitingEnds(id: string, timeoutSeconds: number | undefined): AbortSignal {
  const controller = new AbortController();
  const detach = (why: string, status: ExitStatus): void =>
    controller.abort(
      new CommandFailed(`${why}; the search goes on: sextant search watch ${id}`, status),
    );
  process.once('SIGINT', () => detach('detached', exitStatus.cancelled));
  if (timeoutSeconds !== undefined) {
    const late = () => detach(`not done after ${timeoutSeconds} s`, exitStatus.timeout);
    setTimeout(late, timeoutSeconds * 1000).unref();
  }
  return controller.signal;
}

const bestShown = 20;

/** All candidates, or the first of what was scored without training. */
async function showResults(api: ApiClient, search: SearchView, json = false): Promise<void> {
  if (search.spec.method.name === 'zero-cost') {
    const { items } = await new ScoringClient(api, search.id).scores(bestShown);
    if (json) print(JSON.stringify({ search, scores: items }));
    else scoredTable(items).forEach(print);
    return;
  }
  if (search.tasks) return showLists(api, search, search.tasks, json);
  const candidates = await api.candidates(search.id);
  if (json) print(JSON.stringify({ search, candidates }));
  else candidateTable(candidates).forEach(print);
}

/** Of a search for several tasks: the networks of each. */
async function showLists(
  api: ApiClient,
  search: SearchView,
  tasks: NonNullable<SearchView['tasks']>,
  json: boolean,
): Promise<void> {
  const lists = await Promise.all(
    tasks.map(async ({ task, searchId }) => ({
      ...{ task, searchId },
      candidates: await api.candidates(searchId),
    })),
  );
  if (json) print(JSON.stringify({ search, tasks: lists }));
  else {
    for (const { task, searchId, candidates } of lists) {
      print(`${task}: ${searchId}`);
      candidateTable(candidates).forEach(print);
    }
  }
}

export async function watch(id: string, { url, json, timeout }: WatchOptions): Promise<void> {
  const api = new ApiClient(url);
  const printer = printerOn(process.stderr);
  const show = (view: SearchView): void => printer.show(view);
  const search = await followSearch(api, id, show, waitingEnds(id, timeout)).finally(() =>
    printer.end(),
  );
  await showResults(api, search, json);
  const status = statusOfState(search.state);
  if (status !== exitStatus.ok) {
    const why = search.error ? `: ${search.error.message}` : '';
    throw new CommandFailed(`the search ${search.state}${why}`, status);
  }
}

export interface ExportOptions extends ApiOptions {
  readonly search: string;
  readonly output: string;
}

export async function exportModel(
  id: string,
  { url, search, output }: ExportOptions,
): Promise<void> {
  const api = new ApiClient(url);
  const { model } = await api.candidate(search, id);
  if (!model) throw new CommandFailed(`candidate ${id} has no model yet`, exitStatus.failed);
  writeFileSync(output, await api.model(model));
  print(`${output}: ${model.bytes} bytes, sha256 ${model.sha256}`);
}
