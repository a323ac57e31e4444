/** @file The connection pool, and migrations under a lock so that any number of processes may start at once. */
import 'reflect-metadata';
import { migrations } from '@sextant/migrations';
import { DataSource } from 'typeorm';
import { CandidateEntity, MeasurementEntity } from './entities/candidate.entity';
import { SearchEntity } from './entities/search.entity';

/** Any constant; it names our lock among others of the same database. */
const migrationLock = 7_390_001;

/**
 * Every statement of ours is a walk along indexes. A search that the statistics have not seen looks empty, and a plan made for
 * it would read every row for each row sought, so plans are made for any search; and joins, sorts and compiled
 * plans that pay off over whole tables are left out.
 */
const sessionSettings = Object.entries({
  plan_cache_mode: 'force_generic_plan',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_bitmapscan: 'off',
  enable_seqscan: 'off',
})
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

export interface DatabaseOptions {
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
}

/** Connects to `url`. The caller destroys what it opened. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Promise<DataSource> {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [SearchEntity, CandidateEntity, MeasurementEntity],
    migrations,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    applicationName: options.applicationName ?? 'sextant',
    extra: {
      max: options.poolSize ?? 8,
      connectionTimeoutMillis: 5000,
      options: sessionSettings,
    },
  }).initialize();
}

/** Brings the schema up to date; concurrent callers wait for the first. Forward only. */
export async function migrate(url: string): Promise<void> {
  const dataSource = await openDatabase(url, { poolSize: 2, applicationName: 'sextant migrate' });
  const lock = dataSource.createQueryRunner();
  try {
    await lock.query('select pg_advisory_lock($1)', [migrationLock]);
    await dataSource.runMigrations();
    await lock.query('select pg_advisory_unlock($1)', [migrationLock]);
  } finally {
    await lock.release();
    await dataSource.destroy();
  }
}
