/** @file HTTP for benchmark tables. */
import { Body, Controller, Get, HttpCode, HttpStatus, Inject, Param, Post } from '@nestjs/common';
import type { BenchmarkImport, BenchmarkList, BenchmarkView } from '@sextant/contracts';
import { benchmarkId } from '../http/parameters';
import { AcceptsTable, tableBody, type TableBody } from '../http/table-body';
import { BenchmarksService } from './benchmarks.service';

@Controller('v1/benchmarks')
export class BenchmarksController {
  constructor(@Inject(BenchmarksService) private readonly benchmarks: BenchmarksService) {}

  @Get()
  list(): Promise<BenchmarkList> {
    return this.benchmarks.list();
  }

  @Get(':id')
  get(@Param('id', benchmarkId) id: string): Promise<BenchmarkView> {
    return this.benchmarks.get(id);
  }

  /** Repeating an import is not an error; another table under the same columns is. */
  @Post(':id/accuracies')
  @HttpCode(HttpStatus.OK)
  @AcceptsTable()
  importAccuracies(
    @Param('id', benchmarkId) id: string,
    @Body(tableBody) body: TableBody,
  ): Promise<BenchmarkImport> {
    return this.benchmarks.import(id, 'accuracies', body);
  }

  @Post(':id/proxies')
  @HttpCode(HttpStatus.OK)
  @AcceptsTable()
  importProxies(
    @Param('id', benchmarkId) id: string,
    @Body(tableBody) body: TableBody,
  ): Promise<BenchmarkImport> {
    return this.benchmarks.import(id, 'proxies', body);
  }
}
