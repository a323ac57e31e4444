/** @file HTTP for what a zero-cost search offers beside its candidates: scores, labels, predictors, reports. */
import {
  Body,
  Controller,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import {
  CreatePredictor,
  ImportLabelsQuery,
  type LabelImport,
  type LabelPage,
  type PredictorView,
  type ReportView,
  type ScoredPage,
} from '@sextant/contracts';
import type { FastifyReply } from 'fastify';
import { PageQuery } from '../http/pagination';
import { searchId, taskNumber } from '../http/parameters';
import {
  AcceptsTable,
  ndjsonMediaType,
  tableBody,
  tableMediaTypes,
  type TableBody,
} from '../http/table-body';
import { valid } from '../http/validate';
import { LabelsService } from './labels.service';
import { PredictorsService } from './predictors.service';
import { ScoresQuery, ScoresService } from './scores.service';

@Controller('v1/searches/:id')
export class ScoringController {
  constructor(
    @Inject(ScoresService) private readonly scores: ScoresService,
    @Inject(LabelsService) private readonly labels: LabelsService,
    @Inject(PredictorsService) private readonly predictors: PredictorsService,
  ) {}

  /** Partial while the search runs. */
  @Get('scores')
  list(
    @Param('id', searchId) id: string,
    @Query(valid(ScoresQuery, 'the query')) query: ScoresQuery,
  ): Promise<ScoredPage> {
    return this.scores.list(id, query);
  }

  /** Every usable row of the body in one transaction; the same body again changes nothing. */
  @Put('labels')
  @AcceptsTable([...tableMediaTypes, ndjsonMediaType])
  importLabels(
    @Param('id', searchId) id: string,
    @Query(valid(ImportLabelsQuery, 'the query')) query: ImportLabelsQuery,
    @Body(tableBody) body: TableBody,
  ): Promise<LabelImport> {
    return this.labels.import(id, query, body);
  }

  @Get('labels')
  listLabels(
    @Param('id', searchId) id: string,
    @Query(valid(PageQuery, 'the query')) page: PageQuery,
  ): Promise<LabelPage> {
    return this.labels.list(id, page);
  }

  /** 202: a worker fits it, and predicts every scored architecture. */
  @Post('predictors')
  @HttpCode(HttpStatus.ACCEPTED)
  async createPredictor(
    @Param('id', searchId) id: string,
    @Body(valid(CreatePredictor, 'the predictor')) body: CreatePredictor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictorView> {
    const predictor = await this.predictors.create(id, body);
    reply.header('location', predictor.links.self);
    return pollable(predictor, reply);
  }

  @Get('predictors')
  async listPredictors(@Param('id', searchId) id: string): Promise<{ items: PredictorView[] }> {
    return { items: await this.predictors.list(id) };
  }

  @Get('predictors/:number')
  async getPredictor(
    @Param('id', searchId) id: string,
    @Param('number', taskNumber) number: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PredictorView> {
    return pollable(await this.predictors.get(id, number), reply);
  }

  /** Reports are made when predictors are fitted, and when they are asked for here. */
  @Post('reports')
  @HttpCode(HttpStatus.ACCEPTED)
  createReport(@Param('id', searchId) id: string): Promise<ReportView> {
    return this.predictors.report(id);
  }

  @Get('reports')
  async listReports(@Param('id', searchId) id: string): Promise<{ items: ReportView[] }> {
    return { items: await this.predictors.reports(id) };
  }
}

/** Tells a poller when to ask again, in whole seconds as HTTP has it. */
function pollable(predictor: PredictorView, reply: FastifyReply): PredictorView {
  const { pollAfterMs } = predictor;
  if (pollAfterMs > 0) reply.header('retry-after', Math.ceil(pollAfterMs / 1000));
  return predictor;
}
