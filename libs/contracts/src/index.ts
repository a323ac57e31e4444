export * from './best';
export * from './candidate';
export * from './job';
export * from './problem';
export * from './search';
export * from './state';
export * from './training';
export * from './validate';
