export * from './commands';
export * from './bundled-child';
