export { orderAsAccuracy } from './order-as-accuracy';
export { predictAccuracies, type PredictedAccuracies } from './predict-accuracies';
export { reportCorrelations } from './report-correlations';
export type { ScoredTable } from './scored-table';
