/** @file Hot reads as prepared statements: PostgreSQL plans each text once per connection. */
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type pg from 'pg';

const names = new Map<string, string>();

/** The name is the text's: node-postgres prepares a name once on each connection. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `sextant_${names.size}`;
  names.set(text, name);
  return name;
}

/** Rows of `text`, which holds no value: those are parameters, and there are few texts. */
export async function prepared<Row extends pg.QueryResultRow>(
  dataSource: DataSource,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const pool = (dataSource.driver as PostgresDriver).master as pg.Pool;
  const { rows } = await pool.query<Row>({ name: nameOf(text), text, values: [...values] });
  return rows;
}
