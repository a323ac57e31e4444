export { evaluateAll, type Evaluation } from './evaluate-all';
export { strategyConformance } from './strategy-conformance';
