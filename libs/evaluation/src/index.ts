export * from './benchmark';
export * from './estimate';
export * from './mission';
export { predictSearchBytes } from './require-memory';
export * from './profile-costs/profile-costs';
export { requirePathCosts, type BlockLatencies } from './path-costs';
export { measureLatency, type LatencySample } from './measure-latency';
export { measureSteadily, type SteadyLatency, type SteadyOptions } from './measure-steadily';
export type { Machine, SearchDataset, SearchPorts } from './ports';
export { requireRunnable, resolveSpace, resolveSupernetSpace, type DatasetShape } from './request';
export { runSearch, type SearchInput } from './run-search';
export type { SearchOutcome } from './search-outcome';
export {
  runTaskSearch,
  type TaskScenes,
  type TaskSearchInput,
  type TaskSearchPorts,
} from './tasks/run-task-search';
export { predictTaskSearchBytes } from './tasks/task-memory';
export { requireTaskSearch, resolveTopologySpace, type CountedScenes } from './tasks/task-request';
export { wilsonInterval } from './wilson-interval';
export * from './zero-cost';
export { LabelReader, type ReadLabel, type ReadLabels } from './labels/read-labels';
export * from './prediction';
