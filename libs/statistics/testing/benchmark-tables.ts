/** @file Real benchmark tables, where they are: tests that need them say so in their title and skip without. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

const folder = process.env['SEXTANT_DATA'] ?? '../shared/data';

export const dataMissing = !existsSync(path.join(folder, 'README.md'));

export type Columns = Readonly<Record<string, readonly number[]>>;

/** A gzip CSV file by column, as numbers (text becomes NaN). Read once per process. */
export function benchmarkTable(name: string): Columns {
  const known = cache.get(name);
  if (known) return known;
  const text = benchmarkText(name);
  const columns = Object.fromEntries(
    Object.entries(text).map(([column, values]) => [column, values.map(Number)]),
  );
  cache.set(name, columns);
  return columns;
}
const cache = new Map<string, Columns>();

/** The same as text: for columns such as an architecture's name. */
export function benchmarkText(name: string): Readonly<Record<string, readonly string[]>> {
  const rows: string[][] = parse(gunzipSync(readFileSync(path.join(folder, name))));
  const [header, ...records] = rows as [string[], ...string[][]];
  return Object.fromEntries(
    header.map((column, at) => [column, records.map((record) => record[at]!)]),
  );
}
