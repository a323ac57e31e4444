/** @file HTTP for the Pareto fronts of a search. */
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ParetoQuery } from '@sextant/contracts';
import type { FastifyReply } from 'fastify';
import { searchId } from '../http/parameters';
import { valid } from '../http/validate';
import { ParetoService } from './pareto.service';

@Controller('v1/searches/:id')
export class ParetoController {
  constructor(@Inject(ParetoService) private readonly pareto: ParetoService) {}

  /** The tag is the version of the front: it changes when the front does. */
  @Get('pareto')
  async front(
    @Param('id', searchId) id: string,
    @Query(valid(ParetoQuery, 'the query')) query: ParetoQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { etag, body } = await this.pareto.front(id, query);
    await reply.header('etag', etag).type('application/json').send(body);
  }
}
