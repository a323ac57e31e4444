/** @file The connection pool, and migrations under a lock so that any number of processes may start at once. */
import 'reflect-metadata';
import { migrations } from '@sextant/migrations';
import { DataSource } from 'typeorm';
import { CandidateEntity, MeasurementEntity } from './entities/candidate.entity';
import { SearchEntity } from './entities/search.entity';

/** Any constant; it names our lock among others of the same database. */
const migrationLock = 7_390_001;

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
    extra: { max: options.poolSize ?? 8, connectionTimeoutMillis: 5000 },
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
