export * from './benchmark-tables';
