export { ArtifactStore, writeDurably, type StoredArtifact } from './artifact-store';
export { loadBlockLatencies } from './block-latencies';
export {
  loadBenchmarkTable,
  loadProfileCost,
  profileCosts,
  type TableSources,
} from './benchmark-table';
export { taskListId, taskListsOf } from './task-list';
export { migrate, openDatabase, type DatabaseOptions } from './data-source';
export { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres';
export type { StoredSearch } from './entities/search.entity';
export {
  BenchmarkRepository,
  type StoredBenchmark,
  type StoredColumn,
} from './repositories/benchmark.repository';
export { FrontRepository, type FrontPoint, type StoredFront } from './fronts/front.repository';
export type { FrontKey } from './fronts/points-query';
export { bestOfIndex, type IndexedBest, type Ranked } from './memory/best-of-index';
export { readResults } from './memory/read-results';
export { idOf, indexBytes, type ResultsIndex } from './memory/results-index';
export type { BestRequest, Limit } from './query/best-query';
export type { OpenCandidate, Unmeasured } from './query/finalists-query';
export type { OrderingKey, Ranking } from './query/orderings';
export { hotPlans } from './query/plans';
export type { PageRequest, Place } from './query/page-query';
export type {
  BestAnswer,
  ListedCandidate,
  StoredCandidate,
  StoredCost,
} from './query/stored-candidate';
export { CandidateRepository } from './repositories/candidate.repository';
export { CheckpointRepository, type CheckpointRow } from './repositories/checkpoint.repository';
export {
  AgentKeyRepository,
  signatureWindowSeconds,
  type StoredAgentKey,
} from './repositories/agent-key.repository';
export {
  MeasurementTaskRepository,
  mostAttempts,
  type AcceptedLatency,
  type HeldTask,
  type LeasedTask,
  type Skipped,
  type StoredMeasurementRequest,
  type TaskError,
} from './repositories/measurement-task.repository';
export {
  currentVersion,
  versionAt,
  type ProfileVersions,
  HardwareProfileRepository,
  type ImportedTable,
  type RowCursor,
  type StoredHardwareModel,
  type StoredHardwareProfile,
  type StoredHardwareRow,
  type StoredHardwareVersion,
} from './repositories/hardware-profile.repository';
export {
  LabelRepository,
  type CandidateLabel,
  type LabelChange,
  type LabelCursor,
  type StoredLabel,
} from './repositories/label.repository';
export {
  HardwareQueryRepository,
  type StoredHardwareQuery,
} from './repositories/hardware-query.repository';
export { OutboxRepository, type OutboxRow } from './repositories/outbox.repository';
export {
  PredictionRepository,
  type PlaceCursor,
  type RankedArchitecture,
  type RankedBy,
} from './repositories/prediction.repository';
export {
  ScoringRepository,
  type PlanCounts,
  type ScoringPlan,
  type StoredScores,
} from './repositories/scoring.repository';
export {
  SearchRepository,
  type Created,
  type Idempotency,
  type Outcome,
  type SearchLease,
} from './repositories/search.repository';
export {
  TaskRepository,
  type Dispatch,
  type StoredTask,
  type TaskLease,
  type TaskOutcome,
} from './repositories/task.repository';
