export * from './synthetic-cells';
