export * from './benchmark';
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint';
export { measureLatency, type LatencySample } from './measure-latency';
export type { Machine, SearchDataset, SearchPorts } from './ports';
export { requireRunnable, resolveSpace, type DatasetShape } from './request';
export { runSearch, type SearchInput, type SearchOutcome } from './run-search';
export { wilsonInterval } from './wilson-interval';
export * from './zero-cost';
export { LabelReader, type ReadLabel, type ReadLabels } from './labels/read-labels';
