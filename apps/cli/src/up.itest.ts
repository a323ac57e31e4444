/** @file The built command: whatever ends it, no process of it is left. */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';

const entry = path.join(import.meta.dirname, '../../../dist/apps/cli/main.js');
const canLook = existsSync('/proc/self/environ');
const without = canLook ? '' : ' (skipped: no /proc here to look for processes)';

let home: string;
let command: ChildProcess;
let printed: string;

beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'sextant-up-'));
});
afterEach(() => {
  command.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** `sextant up` as its user would: with a mark that its processes inherit, so that they can be found. */
function up(): void {
  const env = { ...process.env, DATABASE_URL: '', REDIS_URL: '', SEXTANT_UP_TEST: home };
  printed = '';
  command = fork(entry, ['up', '--port', '0', '--home', home], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [command.stdout, command.stderr])
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
}

/** Living processes that carry our mark, with their command lines; the command itself left out. */
function started(): { pid: number; line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== command.pid)
    .flatMap((name) => {
      try {
        readlinkSync(`/proc/${name}/exe`); // a zombie has none
        const isOurs = readFileSync(`/proc/${name}/environ`, 'utf8').includes(
          `SEXTANT_UP_TEST=${home}`,
        );
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return isOurs ? [{ pid: Number(name), line }] : [];
      } catch {
        return []; // gone, or somebody else's
      }
    });
}

async function until(what: string, look: () => boolean): Promise<void> {
  const deadline = performance.now() + 40_000;
  while (!look()) {
    if (performance.now() > deadline) expect.fail(`waited too long for ${what}:\n${printed}`);
    await pause(20);
  }
}

const ended = (): Promise<number | null> =>
  new Promise((resolve) => command.once('exit', (code) => resolve(code)));

const isReady = (): boolean => printed.includes('Sextant at http://127.0.0.1:');

it.skipIf(without)(`ends everything at signals that arrive twice${without}`, async () => {
  up();
  await until('the service', isReady);
  expect(started().length).toBeGreaterThanOrEqual(3);
  const end = ended();
  command.kill('SIGINT');
  command.kill('SIGTERM');
  command.kill('SIGINT');
  expect(await end).toBe(0);
  expect(started()).toEqual([]);
});

it.skipIf(without)(`ends everything at a signal while it starts${without}`, async () => {
  up();
  await until('PostgreSQL', () => started().some(({ line }) => line.includes('pgdata')));
  const end = ended();
  command.kill('SIGTERM');
  command.kill('SIGTERM');
  expect(await end).toBe(0);
  expect(started()).toEqual([]);
});

it.skipIf(without)(`starts a killed worker again; without its API it fails${without}`, async () => {
  up();
  await until('the service', isReady);
  const find = (app: string) => started().find(({ line }) => line.includes(`${app}/main.js`));
  const worker = find('worker')!;
  process.kill(worker.pid, 'SIGKILL');
  await until('another worker', () => (find('worker')?.pid ?? worker.pid) !== worker.pid);
  const end = ended();
  process.kill(find('api')!.pid, 'SIGKILL');
  expect(await end).toBe(1);
  expect(printed).toMatch(/the api ended unasked \(SIGKILL\)/);
  expect(started()).toEqual([]);
});
