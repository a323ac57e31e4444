export * from './path-space';
export * from './synthetic-cells';
export { syntheticTable } from './synthetic-table';
