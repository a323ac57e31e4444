/** @file From a stored benchmark to what a caller reads. */
import type { BenchmarkView } from '@sextant/contracts';
import type { StoredBenchmark } from '@sextant/persistence';
import { cellCount } from '@sextant/search-space';

export const benchmarkView = ({
  id,
  space,
  columns,
  createdAt,
}: StoredBenchmark): BenchmarkView => ({
  id,
  space,
  architectures: cellCount,
  columns: [...columns],
  createdAt: createdAt.toISOString(),
  links: { self: `/v1/benchmarks/${id}` },
});
