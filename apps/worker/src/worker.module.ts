/** @file What a worker is made of. */
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { runSearch, runTask } from '@sextant/contracts';
import type { Logger } from 'pino';
import type { WorkerConfig } from './config/worker-config';
import { MaintenanceService } from './maintenance/maintenance.service';
import { RunSearchProcessor } from './processors/run-search.processor';
import { RunTaskProcessor } from './processors/run-task.processor';
import type { Resources } from './resources';
import { ScoringRunner } from './scoring/scoring-runner';
import { ComputeSlots } from './tasks/compute-slots';
import { TaskRunner } from './tasks/task-runner';
import { SearchRunner } from './training/search-runner';
import { CONFIG, LOGGER, RESOURCES } from './worker.tokens';

@Module({})
export class WorkerModule {
  static with(config: WorkerConfig, resources: Resources, log: Logger): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        DiscoveryModule,
        BullModule.forRoot(resources.queue),
        BullModule.registerQueue({ name: runSearch.queue }, { name: runTask.queue }),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: RESOURCES, useValue: resources },
        { provide: LOGGER, useValue: log },
        { provide: ComputeSlots, useValue: new ComputeSlots(config.concurrency) },
        SearchRunner,
        ScoringRunner,
        TaskRunner,
        RunSearchProcessor,
        RunTaskProcessor,
        MaintenanceService,
      ],
    };
  }
}
