/** @file A migrated database of its own for one test file. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { inject } from 'vitest';
import { migrate, openDatabase } from '../src/data-source';

export interface FreshDatabase {
  readonly url: string;
  readonly dataSource: DataSource;
  drop(): Promise<void>;
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client(inject('serverUrl'));
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Creates an empty database; `migrated: false` leaves it without a schema. */
export async function freshDatabase({ migrated = true } = {}): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
  const url = new URL(inject('serverUrl'));
  url.pathname = `/${name}`;
  if (migrated) await migrate(url.href);
  const dataSource = await openDatabase(url.href);
  return {
    url: url.href,
    dataSource,
    async drop() {
      await dataSource.destroy();
      await onServer(`drop database ${name} with (force)`);
    },
  };
}
