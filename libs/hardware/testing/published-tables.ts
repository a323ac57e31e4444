/** @file Published tables that tests read where they are present; the project does not redistribute them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

const root = process.env['SEXTANT_DATA'] ?? '../shared/data';

export interface PublishedTable {
  readonly file: string;
  readonly isPresent: boolean;
  /** For a test's title: says that it is skipped, or nothing. */
  readonly without: string;
  /** Each record with its line in the file. */
  readonly records: () => {
    readonly record: Readonly<Record<string, string>>;
    readonly line: number;
  }[];
}

/** A gzip CSV below `SEXTANT_DATA`, else `../shared/data`. */
export function publishedTable(name: string): PublishedTable {
  const file = path.resolve(root, name);
  const isPresent = existsSync(file);
  return {
    file,
    isPresent,
    without: isPresent ? '' : ` (skipped: no ${name} under SEXTANT_DATA)`,
    records: () =>
      parse<Record<string, string>>(gunzipSync(readFileSync(file)), { columns: true }).map(
        (record, at) => ({ record, line: at + 2 }),
      ),
  };
}
