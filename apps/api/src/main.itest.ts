import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freshDatabase, type FreshDatabase } from '@sextant/persistence/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** The built program: `npm test` builds first. */
const program = 'dist/apps/api/main.js';

let database: FreshDatabase;
let home: string;
let api: ChildProcess | undefined;
beforeAll(async () => {
  database = await freshDatabase({ migrated: false });
  home = await mkdtemp(path.join(os.tmpdir(), 'sextant-main-'));
});
afterEach(() => api?.kill('SIGKILL'));
afterAll(async () => {
  await database.drop();
  await rm(home, { recursive: true });
});

/** A started API, its address or what it complained of, and its end. */
function start(environment: Record<string, string> = {}) {
  const own = { DATABASE_URL: database.url, SEXTANT_HOME: home, PORT: '0', ...environment };
  const child = fork(program, {
    env: { ...process.env, SEXTANT_LOG_LEVEL: 'silent', ...own },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  api = child;
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  const ready = once(child, 'message').then(([message]) => (message as { ready: string }).ready);
  return { child, exit, ready, complaint: () => complaint };
}

describe('the program', () => {
  it('migrates, tells its address, and leaves with 0 however many signals arrive', async () => {
    const { child, ready, exit } = start();
    const response = await fetch(`${await ready}/health/ready`);
    expect(response.status).toBe(200);
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('leaves when its parent is gone', async () => {
    const { child, ready, exit } = start();
    await ready;
    child.disconnect();
    expect(await exit).toEqual([0, null]);
  });

  it('says in one line why it cannot start', async () => {
    const { exit, ready, complaint } = start({ PORT: 'http' });
    ready.catch(() => undefined);
    expect(await exit).toEqual([1, null]);
    expect(complaint()).toMatch(/^sextant api: the environment cannot be used: PORT: .+\n$/);
  });
});
