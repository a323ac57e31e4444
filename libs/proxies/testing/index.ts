export * from './scores-of';
export * from './small-families';
