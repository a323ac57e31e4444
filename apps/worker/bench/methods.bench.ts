/**
 * @file What each method that trains a supernet gains at equal cost: every table of docs/methods.md. A method's part is a program of
 * its own, `methods-<name>.child.ts`; as many as there are processors run at a time, each on one thread.
 *
 * `npm run bench -- methods` takes hours on two cores; with `--quick` at most ten minutes, whose figures say little; with
 * `--only big-nas` one part; with `--resume` runs that an earlier bench has finished are not run again.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';
import { childFile } from '@sextant/common/testing';
import type { Part } from './methods/part';

/** Parts by the key of their figures in the printed line. */
const parts = {
  bigNas: 'methods-big-nas.child',
  shiftNas: 'methods-shift-nas.child',
  proxylessNas: 'methods-proxyless-nas.child',
  fbnetV5: 'methods-fbnet-v5.child',
} as const;

const execute = promisify(execFile);
const isQuick = process.argv.includes('--quick');
const isResumed = process.argv.includes('--resume');
const only = process.argv[process.argv.indexOf('--only') + 1];
const isAsked = (program: string): boolean =>
  !process.argv.includes('--only') || program === `methods-${only}.child`;

async function runPart(program: string): Promise<Part> {
  const { stdout } = await execute(
    process.execPath,
    [childFile(program), isQuick ? 'quick' : 'full', isResumed ? 'resume' : 'anew'],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Part;
}

export async function run() {
  const waiting = Object.entries(parts).filter(([, program]) => isAsked(program));
  const done: [string, Part][] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [key, program] = next;
      done.push([key, await runPart(program)]);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  mkdirSync('bench/results', { recursive: true });
  for (const [key, { tables }] of done) {
    writeFileSync(`bench/results/methods-${key}.md`, `${tables.join('\n\n')}\n`);
  }
  return {
    preset: isQuick ? 'quick' : 'full',
    ...Object.fromEntries(done.map(([key, { figures }]) => [key, figures])),
  };
}
