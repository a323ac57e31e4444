/** @file HTTP for searches: parse, delegate, choose a status. Rules live in SearchesService. */
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { CreateSearch, type SearchEstimate, type SearchView } from '@sextant/contracts';
import type { FastifyReply } from 'fastify';
import { PageQuery } from '../http/pagination';
import { searchId } from '../http/parameters';
import { valid } from '../http/validate';
import { idempotencyKey } from './idempotency-key';
import { EstimatesService } from './estimates.service';
import type { SearchPage } from './search.view';
import { SearchesService } from './searches.service';

@Controller('v1/searches')
export class SearchesController {
  constructor(
    @Inject(SearchesService) private readonly searches: SearchesService,
    @Inject(EstimatesService) private readonly estimates: EstimatesService,
  ) {}

  /** 202: the search is durable once this returns; a worker runs it later. */
  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  async create(
    @Body(valid(CreateSearch, 'the search')) body: CreateSearch,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SearchView> {
    const { search, replayed } = await this.searches.create(body, idempotencyKey(key));
    reply.header('location', search.links.self);
    if (replayed) reply.header('idempotency-replayed', 'true');
    return pollable(search, reply);
  }

  /** Starts nothing and stores nothing; limits that cannot be met are an answer. */
  @Post('dry-run')
  @HttpCode(HttpStatus.OK)
  dryRun(@Body(valid(CreateSearch, 'the search')) body: CreateSearch): Promise<SearchEstimate> {
    return this.estimates.estimate(body);
  }

  @Get()
  list(@Query(valid(PageQuery, 'the query')) page: PageQuery): Promise<SearchPage> {
    return this.searches.list(page);
  }

  @Get(':id')
  async get(
    @Param('id', searchId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SearchView> {
    return pollable(await this.searches.get(id), reply);
  }

  /** The worker stops within two seconds; cancelling twice is not an error, after the end it is. */
  @Post(':id/cancel')
  @HttpCode(HttpStatus.ACCEPTED)
  async cancel(
    @Param('id', searchId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SearchView> {
    return pollable(await this.searches.cancel(id), reply);
  }
}

/** Tells a poller when to ask again, in whole seconds as HTTP has it. */
function pollable(search: SearchView, reply: FastifyReply): SearchView {
  if (search.pollAfterMs > 0) reply.header('retry-after', Math.ceil(search.pollAfterMs / 1000));
  return search;
}
