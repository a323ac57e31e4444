import path from 'node:path';
import { ConfigurationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { apiConfig } from './api-config';

describe('apiConfig', () => {
  it('listens on the loopback only unless told otherwise; an empty variable is unset', () => {
    expect(apiConfig({ DATABASE_URL: '' })).toEqual({
      databaseUrl: undefined,
      redisUrl: undefined,
      home: path.resolve('.sextant'),
      datasetRoot: path.resolve('.sextant/datasets'),
      logLevel: 'info',
      queryMemoryBytes: 256 * 2 ** 20,
      host: '127.0.0.1',
      port: 3000,
    });
  });
  it.each([{ PORT: 'http' }, { PORT: '65536' }, { DATABASE_URL: 'mysql://x' }])(
    'refuses %j and names the variable',
    (env) => {
      const parse = () => apiConfig(env);
      expect(parse).toThrow(ConfigurationError);
      expect(parse).toThrow(Object.keys(env)[0]);
    },
  );
});
