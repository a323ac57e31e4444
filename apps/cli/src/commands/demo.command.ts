/** @file `sextant demo`: one real search from an empty machine to a model in hand. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CandidateView, SearchView } from '@sextant/contracts';
import { ApiClient } from '../api-client';
import { CommandFailed, exitStatus } from '../exit-status';
import { followSearch } from '../follow-search';
import { candidateTable } from '../output/candidates';
import { duration, milliseconds, percent, quantile, roundedUp } from '../output/numbers';
import { ProgressPrinter } from '../output/progress';
import { startStack, type Stack } from '../stack';
import { verifyModel, type Verification } from '../verify-model';

export interface DemoOptions {
  readonly json: boolean;
  /** Where the chosen model is left. */
  readonly out: string;
}

const exampleFile = fileURLToPath(new URL('../../../examples/fashion-mnist.json', import.meta.url));

/** The two limits asked about: slower than 20 % and than 60 % of the candidates. */
const limitQuantiles = [0.2, 0.6];

interface UnderLimit {
  readonly maxLatencyMs: number;
  readonly feasible: boolean;
  readonly latencyMs: number | null;
  readonly accuracy: number | null;
}

export async function demo({ json, out }: DemoOptions): Promise<void> {
  const startedMs = performance.now();
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const home = mkdtempSync(path.join(os.tmpdir(), 'sextant-demo-'));
  let stack: Stack | null = null;
  const stopped = (): void => {
    void (stack?.stop() ?? Promise.resolve()).finally(() => {
      rmSync(home, { recursive: true, force: true });
      process.exit(exitStatus.cancelled);
    });
  };
  process.on('SIGINT', stopped);
  process.on('SIGTERM', stopped);
  try {
    stack = await startStack({ home, port: 0, environment: process.env, logLevel: 'warn' });
    say(`Service at ${stack.apiUrl} (${stack.database} PostgreSQL, queue on ${stack.queue})`);
    const api = new ApiClient(stack.apiUrl);
    const search = await runExample(api, say);
    const candidates = await api.candidates(search.id);
    candidateTable(candidates).forEach(say);
    const under = await askUnderLimits(api, search.id, candidates, say);
    const best = candidates[0] as CandidateView;
    const verification = await downloadAndVerify(api, search, best, out, say);
    const seconds = (performance.now() - startedMs) / 1000;
    say(`Done in ${duration(seconds)}.`);
    if (json) say(JSON.stringify(jsonLine(seconds, candidates, best, verification, under)));
    if (verification.agreement !== 1) {
      throw new CommandFailed(
        'the downloaded model does not predict what was reported',
        exitStatus.failed,
      );
    }
  } finally {
    await stack?.stop();
    rmSync(home, { recursive: true, force: true });
    process.off('SIGINT', stopped);
    process.off('SIGTERM', stopped);
  }
}

async function runExample(api: ApiClient, say: (text: string) => void): Promise<SearchView> {
  const submitted = await api.submit(JSON.parse(readFileSync(exampleFile, 'utf8')));
  say(`Submitted examples/fashion-mnist.json: search ${submitted.id}`);
  const redraw = process.stdout.isTTY && !process.env['CI'] && !process.env['NO_COLOR'];
  const printer = new ProgressPrinter(
    (text) => void process.stdout.write(text),
    Boolean(redraw),
    () => performance.now(),
  );
  const search = await followSearch(api, submitted.id, (view) => printer.show(view));
  printer.end();
  if (search.state === 'succeeded') return search;
  const why = search.error ? `${search.error.code}: ${search.error.message}` : 'no reason given';
  throw new CommandFailed(`the search ${search.state} (${why})`, exitStatus.failed);
}

async function askUnderLimits(
  api: ApiClient,
  searchId: string,
  candidates: readonly CandidateView[],
  say: (text: string) => void,
): Promise<UnderLimit[]> {
  const latencies = candidates.flatMap(({ latencyMs }) => (latencyMs ? [latencyMs.value] : []));
  const answers: UnderLimit[] = [];
  for (const q of limitQuantiles) {
    const maxLatencyMs = roundedUp(quantile(latencies, q));
    const best = await api.best(searchId, { maxLatencyMs });
    if (!best.feasible) {
      say(`Best under ${milliseconds(maxLatencyMs)}: nothing fits. ${best.hint}`);
      answers.push({ maxLatencyMs, feasible: false, latencyMs: null, accuracy: null });
      continue;
    }
    const { candidate, feasibleCount, evaluatedCount } = best;
    const latencyMs = candidate.latencyMs?.value ?? null;
    const accuracy = candidate.testAccuracy?.value ?? null;
    say(
      `Best under ${milliseconds(maxLatencyMs)}: ${candidate.id.slice(0, 8)}, ` +
        `test ${accuracy === null ? '–' : percent(accuracy)}, ` +
        `measured ${latencyMs === null ? '–' : milliseconds(latencyMs)} ` +
        `(${feasibleCount} of ${evaluatedCount} fit)`,
    );
    answers.push({ maxLatencyMs, feasible: true, latencyMs, accuracy });
  }
  return answers;
}

async function downloadAndVerify(
  api: ApiClient,
  search: SearchView,
  best: CandidateView,
  out: string,
  say: (text: string) => void,
): Promise<Verification> {
  const detail = await api.candidate(search.id, best.id);
  if (!detail.model || detail.testPredictions === null) {
    throw new CommandFailed(
      'the best candidate has no model or no test predictions',
      exitStatus.failed,
    );
  }
  mkdirSync(out, { recursive: true });
  const modelFile = path.join(out, `${best.id.slice(0, 8)}.onnx`);
  writeFileSync(modelFile, await api.download(detail.model.url));
  const verification = await verifyModel({
    modelFile,
    dataset: search.spec.dataset,
    datasetRoot: '',
    reported: detail.testPredictions,
  });
  const equal = Math.round(verification.agreement * verification.n);
  say(
    `Best model saved as ${path.relative(process.cwd(), modelFile)}: ${equal} of ${verification.n} predictions equal ` +
      `the reported ones, test accuracy ${percent(verification.accuracy)}`,
  );
  return verification;
}

const jsonLine = (
  seconds: number,
  candidates: readonly CandidateView[],
  best: CandidateView,
  verification: Verification,
  under: readonly UnderLimit[],
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
  onnxAgreement: verification.agreement,
  under,
});
