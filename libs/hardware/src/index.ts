export * from './agent';
export * from './tables';
export * from './latency';
