import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['apps/**/*.{test,itest}.ts', 'libs/**/*.{test,itest}.ts', 'tools/**/*.test.ts'],
    globalSetup: ['libs/persistence/testing/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
