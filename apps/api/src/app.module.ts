/** @file What the API is made of. Tokens are explicit, so that no build step has to emit type metadata. */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import {
  AgentKeyRepository,
  ArtifactStore,
  BenchmarkRepository,
  CandidateRepository,
  FrontRepository,
  HardwareProfileRepository,
  LabelRepository,
  PredictionRepository,
  ScoringRepository,
  MeasurementTaskRepository,
  HardwareQueryRepository,
  SearchRepository,
  TaskRepository,
} from '@sextant/persistence';
import { DataSource } from 'typeorm';
import { BenchmarksController } from './benchmarks/benchmarks.controller';
import { BenchmarksService } from './benchmarks/benchmarks.service';
import { CandidatesController } from './candidates/candidates.controller';
import { CandidatesService } from './candidates/candidates.service';
import { HeldBest } from './candidates/held-best';
import { ResultsMemory } from './candidates/results-memory';
import { DatasetCatalogue } from './datasets/dataset-catalogue';
import { DatasetsController } from './datasets/datasets.controller';
import { AgentsController } from './hardware-profiles/agents.controller';
import { AgentsService } from './hardware-profiles/agents.service';
import { CostModelProcess } from './hardware-profiles/cost-model-process';
import { CostModelsController } from './hardware-profiles/cost-models.controller';
import { CostModelsService } from './hardware-profiles/cost-models.service';
import { ExpectedLatency } from './hardware-profiles/expected-latency';
import { KnownDeviceSource } from './hardware-profiles/known-devices';
import { ProfileCostsService } from './hardware-profiles/profile-costs.service';
import { StoredModels } from './hardware-profiles/stored-model';
import { HardwareProfilesController } from './hardware-profiles/hardware-profiles.controller';
import { HardwareProfilesService } from './hardware-profiles/hardware-profiles.service';
import { TableImportsService } from './hardware-profiles/table-imports.service';
import { HardwareQueriesController } from './hardware-queries/hardware-queries.controller';
import { HardwareQueriesService } from './hardware-queries/hardware-queries.service';
import { SearchAnswers } from './hardware-queries/search-answers';
import { HealthController } from './health/health.controller';
import { HttpMetrics } from './metrics/http-metrics';
import { MetricsController } from './metrics/metrics.controller';
import { OpenApiController } from './openapi/openapi.controller';
import { LabelsService } from './scoring/labels.service';
import { PredictorsService } from './scoring/predictors.service';
import { ScoresService } from './scoring/scores.service';
import { ScoringController } from './scoring/scoring.controller';
import { ZeroCostSearches } from './scoring/zero-cost-searches';
import { ParetoController } from './pareto/pareto.controller';
import { ParetoService } from './pareto/pareto.service';
import { SearchSpacesController } from './search-spaces/search-spaces.controller';
import { Admission } from './searches/admission';
import { DeviceEstimates } from './searches/device-estimates';
import { EstimatesService } from './searches/estimates.service';
import { MemoryProcess } from './searches/memory-process';
import { SearchesController } from './searches/searches.controller';
import { SearchesService } from './searches/searches.service';

/** What the API needs and does not own. */
export interface Resources {
  readonly database: DataSource;
  readonly artifacts: ArtifactStore;
  readonly datasets: DatasetCatalogue;
  readonly metrics: HttpMetrics;
  readonly costModels: CostModelProcess;
  readonly memory: MemoryProcess;
  readonly resultsMemory: ResultsMemory;
}

const providersOf = ({
  database,
  artifacts,
  datasets,
  metrics,
  costModels,
  memory,
  resultsMemory,
}: Resources): Provider[] => [
  { provide: DataSource, useValue: database },
  { provide: ArtifactStore, useValue: artifacts },
  { provide: DatasetCatalogue, useValue: datasets },
  { provide: HttpMetrics, useValue: metrics },
  { provide: CostModelProcess, useValue: costModels },
  { provide: MemoryProcess, useValue: memory },
  { provide: ResultsMemory, useValue: resultsMemory },
  { provide: SearchRepository, useValue: new SearchRepository(database) },
  { provide: BenchmarkRepository, useValue: new BenchmarkRepository(database) },
  { provide: CandidateRepository, useValue: new CandidateRepository(database) },
  { provide: FrontRepository, useValue: new FrontRepository(database) },
  { provide: LabelRepository, useValue: new LabelRepository(database) },
  { provide: PredictionRepository, useValue: new PredictionRepository(database) },
  { provide: ScoringRepository, useValue: new ScoringRepository(database) },
  { provide: TaskRepository, useValue: new TaskRepository(database) },
  Admission,
  EstimatesService,
  DeviceEstimates,
  ZeroCostSearches,
  ScoresService,
  LabelsService,
  PredictorsService,
  { provide: AgentKeyRepository, useValue: new AgentKeyRepository(database) },
  { provide: HardwareProfileRepository, useValue: new HardwareProfileRepository(database) },
  { provide: MeasurementTaskRepository, useValue: new MeasurementTaskRepository(database) },
  SearchesService,
  BenchmarksService,
  HeldBest,
  CandidatesService,
  ParetoService,
  HardwareProfilesService,
  { provide: HardwareQueryRepository, useValue: new HardwareQueryRepository(database) },
  TableImportsService,
  ExpectedLatency,
  StoredModels,
  KnownDeviceSource,
  ProfileCostsService,
  AgentsService,
  CostModelsService,
  HardwareQueriesService,
  SearchAnswers,
];

@Module({
  controllers: [
    SearchesController,
    CandidatesController,
    ParetoController,
    ScoringController,
    HardwareProfilesController,
    AgentsController,
    CostModelsController,
    HardwareQueriesController,
    BenchmarksController,
    DatasetsController,
    SearchSpacesController,
    HealthController,
    MetricsController,
    OpenApiController,
  ],
})
export class AppModule {
  static with(resources: Resources): DynamicModule {
    return { module: AppModule, providers: providersOf(resources) };
  }
}
