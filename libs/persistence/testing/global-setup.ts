/** @file One PostgreSQL server for the whole test run: DATABASE_URL's, or an embedded one in a temporary directory. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../src/embedded-postgres';

declare module 'vitest' {
  interface ProvidedContext {
    serverUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const external = process.env['DATABASE_URL'];
  if (external) {
    project.provide('serverUrl', external);
    return () => Promise.resolve();
  }
  const directory = mkdtempSync(path.join(os.tmpdir(), 'sextant-test-'));
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres(directory);
  project.provide('serverUrl', server.url);
  return async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  };
}
