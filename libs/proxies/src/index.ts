export * from './zero-cost';
export * from './parzc';
export * from './predictors';
