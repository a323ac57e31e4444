/**
 * @file Stands in for the training child: does what `<datasets>/<dataset>.json` says, step by step.
 * Each start is noted as a line of `<datasets>/<dataset>.starts`, so a test can see who ran and kill it.
 *
 * Script: { steps, checkpointEvery, stepMs, holdAt, crash: {at, how, times}, ignoreStop, eatMemory,
 *   fail, candidateEvery }. `holdAt` waits there, on the first start only, until it is stopped or killed.
 */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [datasets] = process.argv.slice(2);
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const send = (message) => new Promise((resolve) => process.send(message, resolve));
const neverEnds = new Promise(() => setInterval(() => undefined, 1000));

const crashes = {
  exit: () => process.exit(3),
  SIGSEGV: () => process.kill(process.pid, 'SIGSEGV'),
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
};

function candidate(step) {
  return {
    id: sha256(`candidate ${step}`).slice(0, 32),
    encoding: [step],
    architecture: { resolution: 28, stemWidth: 8, stages: [], headWidth: null },
    macs: 1000 * step,
    paramCount: 10 * step,
    measurements: [
      {
        metric: 'accuracy',
        split: 'validation',
        fidelity: 'supernet-inherited',
        seed: 0,
        value: step / 1000,
        lower: 0,
        upper: 1,
        n: 100,
        unit: 'fraction',
        details: {},
      },
    ],
    model: null,
  };
}

const progress = (step, totalSteps) => ({
  phase: 'training',
  step,
  totalSteps,
  ratePerSecond: null,
  etaSeconds: null,
  loss: 1 / step,
  candidates: 0,
  bestSoFar: null,
});

const summary = (steps) => ({
  candidates: steps,
  trainingSteps: steps,
  seconds: { training: 1, evaluating: 0, testing: 0, measuring: 0 },
  parameters: 1,
  trainImages: 1,
  validationImages: 1,
  testImages: 1,
  threads: 1,
});

function saveCheckpoint(directory, step) {
  const content = JSON.stringify({ step });
  const file = path.join(directory, `scripted-${String(step).padStart(6, '0')}`);
  writeFileSync(file, content);
  return { type: 'checkpoint', step, file, sha256: sha256(content), bytes: content.length };
}

function resumedStep(directory) {
  mkdirSync(directory, { recursive: true });
  const newest = readdirSync(directory).sort().at(-1);
  return newest === undefined ? 0 : JSON.parse(readFileSync(path.join(directory, newest))).step;
}

let stopped;

async function run({ spec, checkpointDirectory, done }) {
  const name = path.join(datasets, spec.dataset);
  const script = { steps: 6, checkpointEvery: 2, candidateEvery: 1, stepMs: 5 };
  Object.assign(script, JSON.parse(readFileSync(`${name}.json`)));
  const log = `${name}.starts`;
  const starts = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').length : 0;
  const from = resumedStep(checkpointDirectory);
  appendFileSync(log, `${JSON.stringify({ pid: process.pid, from, done: done.length })}\n`);

  for (let step = from + 1; step <= script.steps; step++) {
    await sleep(script.stepMs);
    await send({ type: 'progress', progress: progress(step, script.steps) });
    if (step === script.crash?.at && starts < script.crash.times) {
      crashes[script.crash.how]();
      await neverEnds;
    }
    if (script.eatMemory && step === 2) {
      const eaten = [];
      for (;;) eaten.push(Buffer.alloc(16 * 2 ** 20, 1)) && (await sleep(5));
    }
    if (step % script.candidateEvery === 0) {
      await send({ type: 'candidates', candidates: [candidate(step)] });
    }
    if (step % script.checkpointEvery === 0) await send(saveCheckpoint(checkpointDirectory, step));
    while (step === script.holdAt && starts === 0 && (!stopped || script.ignoreStop))
      await sleep(5);
    if (stopped && !script.ignoreStop) {
      if (stopped !== 'cancel') await send(saveCheckpoint(checkpointDirectory, step));
      return send({ type: 'stopped', reason: stopped });
    }
  }
  if (script.fail) return send({ type: 'failed', error: script.fail });
  return send({ type: 'done', summary: summary(script.steps) });
}

process.once('disconnect', () => process.exit(0));
process.on('message', (command) => {
  if (command.type === 'stop') stopped = command.reason;
  else void run(command).then(() => process.disconnect());
});
