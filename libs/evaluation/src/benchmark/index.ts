export { CellTableReader, type CellColumn, type CellTable } from './cell-table';
export type { TableKind } from './cell-table-columns';
