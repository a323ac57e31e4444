/** @file The environment, parsed once: nothing else in the API reads it. */
import path from 'node:path';
import { ConfigurationError } from '@sextant/common';
import { z } from 'zod';

const Environment = z.object({
  DATABASE_URL: z.string().startsWith('postgres').optional(),
  REDIS_URL: z.string().startsWith('redis').optional(),
  SEXTANT_HOME: z.string().default('.sextant'),
  SEXTANT_DATASETS: z.string().optional(),
  SEXTANT_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  SEXTANT_QUERY_MEMORY_MB: z.coerce.number().pipe(z.number().min(0)).default(256),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().pipe(z.int().min(0).max(65_535)).default(3000),
});

export interface ApiConfig {
  /** Unset: the embedded PostgreSQL under `home`. */
  readonly databaseUrl: string | undefined;
  /** Unset: jobs travel through PostgreSQL. */
  readonly redisUrl: string | undefined;
  /** Artifacts and the embedded database live here; absolute. */
  readonly home: string;
  readonly datasetRoot: string;
  readonly logLevel: string;
  /** For results of searches that are asked about often; 0: the database answers everything. */
  readonly queryMemoryBytes: number;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** An empty variable counts as unset, as compose files write it. */
const present = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** @throws {ConfigurationError} naming each variable that cannot be used */
export function apiConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const parsed = Environment.safeParse(present(env));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigurationError(`the environment cannot be used: ${faults.join('; ')}`);
  }
  const it = parsed.data;
  const home = path.resolve(it.SEXTANT_HOME);
  return {
    databaseUrl: it.DATABASE_URL,
    redisUrl: it.REDIS_URL,
    home,
    datasetRoot: path.resolve(it.SEXTANT_DATASETS ?? path.join(home, 'datasets')),
    logLevel: it.SEXTANT_LOG_LEVEL,
    queryMemoryBytes: it.SEXTANT_QUERY_MEMORY_MB * 2 ** 20,
    host: it.HOST,
    port: it.PORT,
  };
}
