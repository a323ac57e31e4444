import os from 'node:os';
import { defineConfig } from 'vitest/config';

/** Where a machine-readable report goes as well, if anywhere. */
const report = process.env['SEXTANT_TEST_REPORT'];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['apps/**/*.{test,itest}.ts', 'libs/**/*.{test,itest}.ts', 'apps/e2e/*.e2e.ts'],
    globalSetup: ['libs/persistence/testing/global-setup.ts'],
    // Two files at a time even on two cores: most wait for a database or a child process.
    maxWorkers: Math.max(2, os.availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: report ? ['default', 'json'] : ['default'],
    ...(report ? { outputFile: { json: report } } : {}),
  },
});
