export * from './zero-cost';
export * from './parzc';
