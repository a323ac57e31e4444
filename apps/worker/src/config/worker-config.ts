/** @file The environment, parsed once: nothing else in the worker reads it. */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@sextant/common';
import { ExecutionProvider } from '@sextant/contracts';
import { z } from 'zod';

const gibibyte = 2 ** 30;
const integer = (minimum: number, maximum: number) =>
  z.coerce.number().pipe(z.int().min(minimum).max(maximum));

const Environment = z.object({
  DATABASE_URL: z.string().startsWith('postgres').optional(),
  REDIS_URL: z.string().startsWith('redis').optional(),
  SEXTANT_QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]+$/)
    .default('sextant'),
  SEXTANT_HOME: z.string().default('.sextant'),
  SEXTANT_DATASETS: z.string().optional(),
  SEXTANT_CONCURRENCY: integer(1, 64).default(1),
  SEXTANT_THREADS: integer(1, 1024).optional(),
  SEXTANT_MEMORY_LIMIT_MB: integer(64, 2 ** 24).optional(),
  SEXTANT_EXECUTION_PROVIDER: ExecutionProvider.default('cpu'),
  SEXTANT_LEASE_SECONDS: integer(3, 30).default(15),
  SEXTANT_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  SEXTANT_HEALTH_PORT: integer(0, 65_535).optional(),
  SEXTANT_TRAINING_ENTRY: z.string().optional(),
  SEXTANT_SCORING_ENTRY: z.string().optional(),
});

export interface WorkerConfig {
  /** Unset: the embedded PostgreSQL under `home`. */
  readonly databaseUrl: string | undefined;
  /** Unset: jobs travel through PostgreSQL. */
  readonly redisUrl: string | undefined;
  /** Of every key in Redis; API and workers of one installation share it. */
  readonly queuePrefix: string;
  /** Checkpoints, artifacts and the embedded database live here; absolute. */
  readonly home: string;
  readonly datasetRoot: string;
  /** Searches at a time. */
  readonly concurrency: number;
  /** Threads of each search. */
  readonly threads: number;
  /** A training process that holds more resident memory is ended. */
  readonly memoryLimitBytes: number;
  /** Asked for; a search falls back to the processor where it cannot be had. */
  readonly executionProvider: ExecutionProvider;
  /** A worker that is silent for so long has lost its searches. R9 allows 30 s. */
  readonly leaseSeconds: number;
  readonly logLevel: string;
  /** Unset: no health endpoints. */
  readonly healthPort: number | undefined;
  /** Script that computes; forked for every search. */
  readonly trainingEntry: string;
  /** Script that does tasks; forked for every one. */
  readonly scoringEntry: string;
}

/** An empty variable counts as unset, as compose files write it. */
const present = (env: NodeJS.ProcessEnv) =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));

/** Without a limit of its own, a search may take its share of three quarters of the memory. */
const memoryShare = (concurrency: number): number =>
  Math.max(gibibyte, Math.floor((0.75 * os.totalmem()) / concurrency));

const coreShare = (concurrency: number): number =>
  Math.max(1, Math.floor(os.availableParallelism() / concurrency));

/** @throws {ConfigurationError} naming each variable that cannot be used */
export function workerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const parsed = Environment.safeParse(present(env));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new ConfigurationError(`the environment cannot be used: ${faults.join('; ')}`);
  }
  const it = parsed.data;
  const home = path.resolve(it.SEXTANT_HOME);
  const limit = it.SEXTANT_MEMORY_LIMIT_MB;
  return {
    databaseUrl: it.DATABASE_URL,
    redisUrl: it.REDIS_URL,
    queuePrefix: it.SEXTANT_QUEUE_PREFIX,
    home,
    datasetRoot: path.resolve(it.SEXTANT_DATASETS ?? path.join(home, 'datasets')),
    concurrency: it.SEXTANT_CONCURRENCY,
    threads: it.SEXTANT_THREADS ?? coreShare(it.SEXTANT_CONCURRENCY),
    memoryLimitBytes: limit === undefined ? memoryShare(it.SEXTANT_CONCURRENCY) : limit * 2 ** 20,
    executionProvider: it.SEXTANT_EXECUTION_PROVIDER,
    leaseSeconds: it.SEXTANT_LEASE_SECONDS,
    logLevel: it.SEXTANT_LOG_LEVEL,
    healthPort: it.SEXTANT_HEALTH_PORT,
    trainingEntry:
      it.SEXTANT_TRAINING_ENTRY ?? fileURLToPath(new URL('training.child.js', import.meta.url)),
    scoringEntry:
      it.SEXTANT_SCORING_ENTRY ?? fileURLToPath(new URL('scoring.child.js', import.meta.url)),
  };
}
