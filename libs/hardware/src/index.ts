export * from './agent';
export * from './tables';
