/** @file HTTP for data sets. */
import { Controller, Get, Inject } from '@nestjs/common';
import type { DatasetSummary } from '@sextant/datasets';
import { DatasetCatalogue } from './dataset-catalogue';

@Controller('v1/datasets')
export class DatasetsController {
  constructor(@Inject(DatasetCatalogue) private readonly datasets: DatasetCatalogue) {}

  @Get()
  async list(): Promise<{ items: DatasetSummary[] }> {
    return { items: await this.datasets.list() };
  }
}
