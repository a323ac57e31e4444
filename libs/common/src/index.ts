export * from './errors';
export * from './rng';
export { steadyMemory } from './steady-memory';
