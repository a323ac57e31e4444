export * from './commands';
export * from './bundled-child';
export { numbers, readTable, withoutTables } from './reference-table';
