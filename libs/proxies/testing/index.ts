export * from './small-families';
