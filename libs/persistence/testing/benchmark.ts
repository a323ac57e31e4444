/** @file A benchmark and a hardware profile in a test's database, as their imports would leave them. */
import type { BenchmarkTable, HardwareMetric, HardwareRow } from '@sextant/contracts';
import { allCells, cellKey } from '@sextant/search-space';
import type { DataSource } from 'typeorm';
import { BenchmarkRepository } from '../src/repositories/benchmark.repository';
import { HardwareProfileRepository } from '../src/repositories/hardware-profile.repository';

function rowsOf({ cost, values }: BenchmarkTable['costs'][number]): HardwareRow[] {
  const metric = cost.split('@')[0] as HardwareMetric;
  return allCells().flatMap((cell, index) => {
    const value = values[index];
    if (value === null || value === undefined) return [];
    return [{ key: cellKey(cell), metric, value, p10: value, p90: value, n: null }];
  });
}

/** Stores the columns of `table` as benchmark `id`, and its costs as the hardware profiles they name. */
export async function storeBenchmark(
  dataSource: DataSource,
  id: string,
  table: BenchmarkTable,
): Promise<void> {
  const columns = [table.select, table.report, table.seconds, ...table.proxies];
  await new BenchmarkRepository(dataSource).import(
    id,
    columns.filter((column) => column !== null),
  );
  const profiles = new HardwareProfileRepository(dataSource);
  const names = [...new Set(table.costs.map(({ cost }) => cost.split('@')[1] as string))];
  const description = {
    space: 'nas-bench-201',
    keys: 'architecture' as const,
    conditions: {
      device: 'a board',
      runtime: 'made up',
      batch: 1,
      threads: 1,
      precision: 'float32' as const,
      measuredOn: null,
    },
  };
  for (const name of names) {
    const costs = table.costs.filter(({ cost }) => cost.endsWith(`@${name}`));
    await profiles.create({ id: name, source: 'imported', ...description });
    await profiles.importTable(name, {
      ...description,
      origin: null,
      rows: costs.flatMap(rowsOf),
    });
  }
}
