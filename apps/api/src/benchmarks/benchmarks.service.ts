/** @file Benchmarks: a table is read to its end before any of it is stored. */
import { Inject, Injectable } from '@nestjs/common';
import { ValidationError } from '@sextant/common';
import type { BenchmarkImport, BenchmarkList, BenchmarkView } from '@sextant/contracts';
import { CellTableReader, type CellTable, type TableKind } from '@sextant/evaluation';
import { BenchmarkRepository } from '@sextant/persistence';
import { recordsOf, type TableBody } from '../http/table-body';
import { benchmarkView } from './benchmark.view';

@Injectable()
export class BenchmarksService {
  constructor(@Inject(BenchmarkRepository) private readonly benchmarks: BenchmarkRepository) {}

  async list(): Promise<BenchmarkList> {
    return { items: (await this.benchmarks.list()).map(benchmarkView) };
  }

  async get(id: string): Promise<BenchmarkView> {
    return benchmarkView(await this.benchmarks.get(id));
  }

  /**
   * Stores every usable column of the table in one transaction.
   * @throws {ValidationError} nothing in it can be used
   * @throws {ConflictError} a column is there with other values
   */
  async import(id: string, kind: TableKind, body: TableBody): Promise<BenchmarkImport> {
    const table = await readCells(kind, body);
    requireValues(table);
    const stored = await this.benchmarks.import(id, table.columns);
    const { rows, acceptedRows, acceptedValues, ignoredColumns, refused } = table;
    return {
      benchmark: benchmarkView(stored),
      rows,
      acceptedRows,
      acceptedValues,
      importedColumns: table.columns.map(({ name }) => name),
      ignoredColumns: [...ignoredColumns],
      refused,
    };
  }
}

async function readCells(kind: TableKind, body: TableBody): Promise<CellTable> {
  let reader: CellTableReader | undefined;
  for await (const { line, fields } of recordsOf(body)) {
    if (reader) reader.add(fields, line);
    else reader = new CellTableReader(kind, fields);
  }
  return (reader ?? new CellTableReader(kind, [])).finish();
}

function requireValues({ acceptedValues, rows, refused }: CellTable): void {
  if (acceptedValues > 0) return;
  const reasons = refused.map(({ reason, count }) => `${count} ${reason}`).join(', ');
  const message = `none of ${rows} rows has a value that can be used (${reasons || 'it is empty'})`;
  throw new ValidationError(message, [{ pointer: '', message }]);
}
