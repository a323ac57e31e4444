/** @file Published tables to hold results against: gzip CSV files that are not part of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

/** Tests and benchmarks run from the root of the repository. */
const referenceFile = (name: string): string =>
  path.resolve(process.env['SEXTANT_DATA'] ?? '../shared/data', name);

/** Ends the title of a test that needs these files: empty, or why the test is skipped. */
export function withoutTables(...names: readonly string[]): string {
  const missing = names.filter((name) => !existsSync(referenceFile(name)));
  return missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')} in SEXTANT_DATA)`;
}

/** The rows of `name`, as text by column. */
export const readTable = (name: string): Readonly<Record<string, string>>[] =>
  parse(gunzipSync(readFileSync(referenceFile(name))), { columns: true });

/** A column as numbers. */
export const numbers = (rows: readonly Readonly<Record<string, string>>[], column: string) =>
  rows.map((row) => Number(row[column]));
