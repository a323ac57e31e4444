/** @file HTTP for "the best under these limits on this device", asked as a resource. */
import { Body, Controller, Get, Headers, Inject, Param, Post, Res } from '@nestjs/common';
import { CreateHardwareQuery, type HardwareQueryView } from '@sextant/contracts';
import type { FastifyReply } from 'fastify';
import { hardwareProfileId, hardwareQueryId } from '../http/parameters';
import { valid } from '../http/validate';
import { idempotencyKey } from '../searches/idempotency-key';
import { HardwareQueriesService } from './hardware-queries.service';

@Controller('v1/hardware-profiles/:profile/queries')
export class HardwareQueriesController {
  constructor(@Inject(HardwareQueriesService) private readonly queries: HardwareQueriesService) {}

  /** 201 with the answer; 202 while finalists are being measured. Infeasible is an answer. */
  @Post()
  async ask(
    @Param('profile', hardwareProfileId) profile: string,
    @Body(valid(CreateHardwareQuery, 'the query')) body: CreateHardwareQuery,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HardwareQueryView> {
    const { query, replayed } = await this.queries.ask(profile, body, idempotencyKey(key));
    reply.header('location', query.links.self).code(query.answer ? 201 : 202);
    if (replayed) reply.header('idempotency-replayed', 'true');
    return pollable(query, reply);
  }

  @Get(':query')
  async get(
    @Param('profile', hardwareProfileId) profile: string,
    @Param('query', hardwareQueryId) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HardwareQueryView> {
    return pollable(await this.queries.get(profile, id), reply);
  }
}

function pollable(query: HardwareQueryView, reply: FastifyReply): HardwareQueryView {
  if (query.pollAfterMs > 0) reply.header('retry-after', Math.ceil(query.pollAfterMs / 1000));
  return query;
}
