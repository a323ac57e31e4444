export * from './zero-cost';
