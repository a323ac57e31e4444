export * from './block-hook';
export * from './cell-network';
export * from './elastic-sizes';
export * from './mbconv-network';
export * from './parameters';
export * from './tensor-source';
export * from './topology-network';
export * from './vision-transformer';
