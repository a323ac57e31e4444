export { cellFeatures } from './cell-features';
export * from './choose-cost-model';
export * from './cost-error';
export type { CostModel, TransferKnowledge } from './cost-model';
export { costModelNames, costModels, type CostModelName } from './cost-models';
export * from './feature-layout';
export * from './fitted-cost-model';
export { mbconvFeatures, ofaFeatures, type OfaSubnet } from './mbconv-features';
export * from './transfer';
