/** @file What the API is made of. Tokens are explicit, so that no build step has to emit type metadata. */
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import {
  ArtifactStore,
  BenchmarkRepository,
  CandidateRepository,
  HardwareProfileRepository,
  SearchRepository,
} from '@sextant/persistence';
import { DataSource } from 'typeorm';
import { BenchmarksController } from './benchmarks/benchmarks.controller';
import { BenchmarksService } from './benchmarks/benchmarks.service';
import { CandidatesController } from './candidates/candidates.controller';
import { CandidatesService } from './candidates/candidates.service';
import { DatasetCatalogue } from './datasets/dataset-catalogue';
import { DatasetsController } from './datasets/datasets.controller';
import { HardwareProfilesController } from './hardware-profiles/hardware-profiles.controller';
import { HardwareProfilesService } from './hardware-profiles/hardware-profiles.service';
import { TableImportsService } from './hardware-profiles/table-imports.service';
import { HealthController } from './health/health.controller';
import { HttpMetrics } from './metrics/http-metrics';
import { MetricsController } from './metrics/metrics.controller';
import { OpenApiController } from './openapi/openapi.controller';
import { SearchSpacesController } from './search-spaces/search-spaces.controller';
import { Admission } from './searches/admission';
import { SearchesController } from './searches/searches.controller';
import { SearchesService } from './searches/searches.service';

/** What the API needs and does not own. */
export interface Resources {
  readonly database: DataSource;
  readonly artifacts: ArtifactStore;
  readonly datasets: DatasetCatalogue;
  readonly metrics: HttpMetrics;
}

const providersOf = ({ database, artifacts, datasets, metrics }: Resources): Provider[] => [
  { provide: DataSource, useValue: database },
  { provide: ArtifactStore, useValue: artifacts },
  { provide: DatasetCatalogue, useValue: datasets },
  { provide: HttpMetrics, useValue: metrics },
  { provide: SearchRepository, useValue: new SearchRepository(database) },
  { provide: BenchmarkRepository, useValue: new BenchmarkRepository(database) },
  { provide: CandidateRepository, useValue: new CandidateRepository(database) },
  Admission,
  { provide: HardwareProfileRepository, useValue: new HardwareProfileRepository(database) },
  SearchesService,
  BenchmarksService,
  CandidatesService,
  HardwareProfilesService,
  TableImportsService,
];

@Module({
  controllers: [
    SearchesController,
    CandidatesController,
    HardwareProfilesController,
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
