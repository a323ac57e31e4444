/** @file `sextant demo`: one real search from an empty machine to a model in hand. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CandidateView, SearchView } from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { followSearch } from '../follow-search';
import { latencyLimits } from '../latency-limits';
import { candidateTable } from '../output/candidates';
import { duration, milliseconds, percent } from '../output/numbers';
import { printerOn } from '../output/progress';
import { agreement, verifyModel, type Verification } from '../verify-model';
import { withStack } from '../with-stack';

export interface DemoOptions {
  readonly json: boolean;
  /** Where the chosen model is left. */
  readonly out: string;
}

const exampleFile = fileURLToPath(new URL('../../../examples/fashion-mnist.json', import.meta.url));

/** What the service answered under one limit; null: nothing fits. */
interface UnderLimit {
  readonly maxLatencyMs: number;
  readonly candidate: CandidateView | null;
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

export async function demo({ json, out }: DemoOptions): Promise<void> {
  const startedMs = performance.now();
  const home = mkdtempSync(path.join(os.tmpdir(), 'sextant-demo-'));
  chmodSync(home, 0o711); // PostgreSQL may run as another account, and its data goes with the rest
  const options = {
    home,
    host: '127.0.0.1',
    port: 0,
    // The example's data set is one that ships.
    environment: { ...process.env, SEXTANT_DATASETS: '' },
    logLevel: 'warn',
  };
  try {
    await withStack(options, async ({ apiUrl, database, queue }, signal) => {
      say(`Service at ${apiUrl} (${database} PostgreSQL, queue on ${queue})`);
      const api = new ApiClient(apiUrl);
      const search = await runExample(api, signal);
      const candidates = await api.candidates(search.id);
      candidateTable(candidates).forEach(say);
      const answers = await askUnderLimits(api, search.id, candidates);
      const best = candidates[0] as CandidateView;
      const wanted = [...answers.flatMap(({ candidate }) => candidate ?? []), best];
      const verified = await downloadAndVerify(api, search, wanted, out, signal);
      const seconds = (performance.now() - startedMs) / 1000;
      say(`Done in ${duration(seconds)}.`);
      if (json) say(JSON.stringify(jsonLine(seconds, candidates, best, verified, answers)));
      if (agreement(verified) !== 1) {
        throw new CommandFailed(
          'a downloaded model does not predict what was reported',
          exitStatus.failed,
        );
      }
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function runExample(api: ApiClient, signal: AbortSignal): Promise<SearchView> {
  const submitted = await api.submit(JSON.parse(readFileSync(exampleFile, 'utf8')));
  say(`Submitted examples/fashion-mnist.json: search ${submitted.id}`);
  const printer = printerOn(process.stdout);
  const show = (view: SearchView): void => printer.show(view);
  const search = await followSearch(api, submitted.id, show, signal).finally(() => printer.end());
  if (search.state === 'succeeded') return search;
  const why = search.error ? `${search.error.code}: ${search.error.message}` : 'no reason given';
  throw new CommandFailed(`the search ${search.state} (${why})`, exitStatus.failed);
}

async function askUnderLimits(
  api: ApiClient,
  searchId: string,
  candidates: readonly CandidateView[],
): Promise<UnderLimit[]> {
  const answers: UnderLimit[] = [];
  for (const maxLatencyMs of latencyLimits(candidates)) {
    const best = await api.best(searchId, { maxLatencyMs: String(maxLatencyMs) });
    if (!best.feasible) {
      say(`Best under ${milliseconds(maxLatencyMs)}: nothing fits. ${best.hint}`);
      answers.push({ maxLatencyMs, candidate: null });
      continue;
    }
    const { candidate, feasibleCount, evaluatedCount } = best;
    const { testAccuracy, latencyMs } = candidate;
    say(
      `Best under ${milliseconds(maxLatencyMs)}: ${candidate.id.slice(0, 8)}, ` +
        `test ${testAccuracy ? percent(testAccuracy.value) : '–'}, ` +
        `measured ${latencyMs ? milliseconds(latencyMs.value) : '–'} ` +
        `(${feasibleCount} of ${evaluatedCount} fit)`,
    );
    answers.push({ maxLatencyMs, candidate });
  }
  return answers;
}

/** Each model once: does it, as downloaded, predict on every test image what the service reported? */
async function downloadAndVerify(
  api: ApiClient,
  search: SearchView,
  wanted: readonly CandidateView[],
  out: string,
  signal: AbortSignal,
): Promise<Verification[]> {
  mkdirSync(out, { recursive: true });
  const verifications: Verification[] = [];
  for (const id of new Set(wanted.map((candidate) => candidate.id))) {
    const { model, testPredictions, testAccuracy } = await api.candidate(search.id, id);
    if (!model || testPredictions === null || !testAccuracy) {
      throw new CommandFailed(`${id} has no model or no test predictions`, exitStatus.failed);
    }
    const modelFile = path.join(out, `${id.slice(0, 8)}.onnx`);
    writeFileSync(modelFile, await api.model(model));
    const request = {
      modelFile,
      dataset: search.spec.dataset,
      datasetRoot: '',
      reported: testPredictions,
    };
    const verification = await verifyModel(request, signal);
    const { equal, n, accuracy } = verification;
    say(
      `Model saved as ${path.relative(process.cwd(), modelFile)}: ${equal} of ${n} predictions equal ` +
        `the reported ones, test accuracy ${percent(accuracy)}`,
    );
    if (accuracy !== testAccuracy.value) {
      const claim = `${id} was reported with test accuracy ${percent(testAccuracy.value)}`;
      throw new CommandFailed(`${claim}, its model has ${percent(accuracy)}`, exitStatus.failed);
    }
    verifications.push(verification);
  }
  return verifications;
}

const jsonLine = (
  seconds: number,
  candidates: readonly CandidateView[],
  best: CandidateView,
  verified: readonly Verification[],
  answers: readonly UnderLimit[],
) => ({
  demo: 'fashion-mnist',
  seconds: Number(seconds.toFixed(1)),
  candidates: candidates.length,
  best: {
    accuracy: best.testAccuracy?.value ?? null,
    macs: best.macs,
    params: best.paramCount,
    latencyMs: best.latencyMs?.value ?? null,
  },
  onnxAgreement: agreement(verified),
  under: answers.map(({ maxLatencyMs, candidate }) => ({
    maxLatencyMs,
    feasible: candidate !== null,
    latencyMs: candidate?.latencyMs?.value ?? null,
    accuracy: candidate?.testAccuracy?.value ?? null,
  })),
});
