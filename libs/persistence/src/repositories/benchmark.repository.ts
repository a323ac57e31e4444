/** @file Imported benchmark tables: a column is stored whole or not at all, and never changed afterwards. */
import { ConflictError, NotFoundError } from '@sextant/common';
import type { BenchmarkColumn } from '@sextant/contracts';
import type { DataSource, EntityManager } from 'typeorm';

/** A column with its values, in the space's own order; null: unknown. */
export interface StoredColumn extends BenchmarkColumn {
  readonly values: readonly (number | null)[];
}

export interface StoredBenchmark {
  readonly id: string;
  readonly space: 'nas-bench-201';
  readonly columns: readonly BenchmarkColumn[];
  readonly createdAt: Date;
}

interface BenchmarkRow {
  readonly id: string;
  readonly space: 'nas-bench-201';
  readonly created_at: Date;
}

const columnFields = `name, kind, dataset, split, epochs, images, known`;

export class BenchmarkRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Adds columns to a benchmark, which is created by its first. A column that is there with the same values stays.
   * @throws {ConflictError} a column is there with other values: nothing is written
   */
  async import(
    id: string,
    columns: readonly Omit<StoredColumn, 'known'>[],
  ): Promise<StoredBenchmark> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(
        `insert into benchmark (id, space) values ($1, 'nas-bench-201') on conflict do nothing`,
        [id],
      );
      await manager.query(`select id from benchmark where id = $1 for update`, [id]);
      for (const column of columns) await addColumn(manager, id, column);
    });
    return this.get(id);
  }

  /** @throws {NotFoundError} there is no such benchmark */
  async get(id: string): Promise<StoredBenchmark> {
    const [found] = await this.load(`where id = $1`, [id]);
    if (!found) throw new NotFoundError(`there is no benchmark ${id}; GET /v1/benchmarks has all`);
    return found;
  }

  /** By id. */
  list(): Promise<StoredBenchmark[]> {
    return this.load('', []);
  }

  /**
   * Columns with their values, in the order asked for.
   * @throws {NotFoundError} the benchmark has no such column
   */
  async columns(id: string, names: readonly string[]): Promise<StoredColumn[]> {
    const rows = await this.dataSource.query<StoredColumn[]>(
      `select ${columnFields}, "values" from benchmark_column where benchmark_id = $1 and name = any($2)`,
      [id, names],
    );
    const byName = new Map(rows.map((row) => [row.name, row]));
    return names.map((name) => {
      const column = byName.get(name);
      if (!column) throw new NotFoundError(`benchmark ${id} has no column ${name}`);
      return column;
    });
  }

  private async load(where: string, parameters: readonly unknown[]): Promise<StoredBenchmark[]> {
    const rows = await this.dataSource.query<BenchmarkRow[]>(
      `select id, space, created_at from benchmark ${where} order by id`,
      [...parameters],
    );
    const columns = await this.dataSource.query<(BenchmarkColumn & { owner: string })[]>(
      `select benchmark_id as owner, ${columnFields} from benchmark_column
       where benchmark_id = any($1) order by kind, name`,
      [rows.map(({ id }) => id)],
    );
    return rows.map(({ id, space, created_at }) => ({
      id,
      space,
      createdAt: created_at,
      columns: columns.filter(({ owner }) => owner === id).map(withoutOwner),
    }));
  }
}

function withoutOwner({ owner: _, ...column }: BenchmarkColumn & { owner: string }) {
  return column;
}

async function addColumn(
  manager: EntityManager,
  id: string,
  column: Omit<StoredColumn, 'known'>,
): Promise<void> {
  const { name, kind, dataset, split, epochs, images, values } = column;
  const known = values.filter((value) => value !== null).length;
  const [stored] = await manager.query<{ same: boolean }[]>(
    `select "values" is not distinct from $3::float8[] as same from benchmark_column
     where benchmark_id = $1 and name = $2`,
    [id, name, values],
  );
  if (stored?.same === false) {
    throw new ConflictError(
      `benchmark ${id} has a column ${name} with other values; import this table under another id`,
    );
  }
  if (stored) return;
  await manager.query(
    `insert into benchmark_column (benchmark_id, ${columnFields}, "values")
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, name, kind, dataset, split, epochs, images, known, values],
  );
}
