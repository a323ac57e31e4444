import path from 'node:path';
import { ConfigurationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { workerConfig } from './worker-config';

describe('workerConfig', () => {
  it('needs nothing', () => {
    const config = workerConfig({});
    expect(config).toMatchObject({ databaseUrl: undefined, concurrency: 1, leaseSeconds: 15 });
    expect(config.home).toBe(path.resolve('.sextant'));
    expect(config.datasetRoot).toBe(path.resolve('.sextant/datasets'));
    expect(config.threads).toBeGreaterThanOrEqual(1);
  });

  it('takes what is set, and an empty variable as unset', () => {
    const config = workerConfig({
      SEXTANT_THREADS: '3',
      SEXTANT_MEMORY_LIMIT_MB: '512',
      SEXTANT_EXECUTION_PROVIDER: 'webgpu',
      REDIS_URL: '',
    });
    expect(config).toMatchObject({
      threads: 3,
      memoryLimitBytes: 2 ** 29,
      redisUrl: undefined,
      executionProvider: 'webgpu',
    });
  });

  it('shares cores and memory among searches at a time', () => {
    const alone = workerConfig({});
    const shared = workerConfig({ SEXTANT_CONCURRENCY: '64' });
    expect(shared.threads).toBe(Math.max(1, Math.floor(alone.threads / 64)));
    expect(shared.memoryLimitBytes).toBeLessThanOrEqual(alone.memoryLimitBytes);
  });

  it.each([
    [{ SEXTANT_CONCURRENCY: '0' }, 'SEXTANT_CONCURRENCY'],
    [{ SEXTANT_THREADS: 'many' }, 'SEXTANT_THREADS'],
    [{ SEXTANT_LEASE_SECONDS: '31' }, 'SEXTANT_LEASE_SECONDS'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
  ])('%j is refused by name', (env, name) => {
    expect(() => workerConfig(env)).toThrow(ConfigurationError);
    expect(() => workerConfig(env)).toThrow(name);
  });
});
