export { CellTableReader, type CellColumn, type CellTable } from './cell-table';
export { bestOfTable, prepareTable, type PreparedTable, type TableQuestion } from './best-of-table';
export { CellCosts } from './cell-costs';
export {
  limitsOf,
  runBenchmark,
  type BenchmarkInput,
  type BenchmarkOutcome,
  type BenchmarkPorts,
} from './run-benchmark';
export {
  asFaultOf,
  requireTableFeasible,
  requireTableSearch,
  tableFeasibility,
  type TableFeasibility,
} from './request';
export type { TableKind } from './cell-table-columns';
