/** @file HTTP for measuring agents: their keys, what they are asked to measure, and what they report. */
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import {
  CreateAgentKey,
  LeaseMeasurement,
  MeasurementRequest,
  MeasurementResult,
  type AgentKeyList,
  type CreatedAgentKey,
  type LeasedMeasurement,
  type MeasurementRequestView,
} from '@sextant/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  agentKeyId,
  hardwareProfileId,
  measurementRequestId,
  measurementTaskId,
} from '../http/parameters';
import { valid } from '../http/validate';
import { AgentGuard, agentOf } from './agent.guard';
import { AgentsService } from './agents.service';

@Controller('v1/hardware-profiles/:profile')
export class AgentsController {
  constructor(@Inject(AgentsService) private readonly agents: AgentsService) {}

  @Post('agent-keys')
  createKey(
    @Param('profile', hardwareProfileId) profile: string,
    @Body(valid(CreateAgentKey, 'the agent key')) body: CreateAgentKey,
  ): Promise<CreatedAgentKey> {
    return this.agents.createKey(profile, body);
  }

  @Get('agent-keys')
  listKeys(@Param('profile', hardwareProfileId) profile: string): Promise<AgentKeyList> {
    return this.agents.listKeys(profile);
  }

  /** What it has measured stays. */
  @Delete('agent-keys/:key')
  @HttpCode(HttpStatus.NO_CONTENT)
  revokeKey(
    @Param('profile', hardwareProfileId) profile: string,
    @Param('key', agentKeyId) key: string,
  ): Promise<void> {
    return this.agents.revokeKey(profile, key);
  }

  /** 202: the work is durable once this returns; agents measure later. */
  @Post('measurement-requests')
  @HttpCode(HttpStatus.ACCEPTED)
  async request(
    @Param('profile', hardwareProfileId) profile: string,
    @Body(valid(MeasurementRequest, 'the request')) body: MeasurementRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MeasurementRequestView> {
    const request = await this.agents.request(profile, body);
    reply.header('location', request.links.self);
    return request;
  }

  @Get('measurement-requests/:request')
  getRequest(
    @Param('profile', hardwareProfileId) profile: string,
    @Param('request', measurementRequestId) id: string,
  ): Promise<MeasurementRequestView> {
    return this.agents.getRequest(profile, id);
  }

  @Post('measurement-tasks/lease')
  @UseGuards(AgentGuard)
  @HttpCode(HttpStatus.OK)
  lease(
    @Req() request: FastifyRequest,
    @Body(valid(LeaseMeasurement, 'the lease')) body: LeaseMeasurement,
  ): Promise<LeasedMeasurement> {
    return this.agents.lease(agentOf(request), body);
  }

  @Post('measurement-tasks/:task/result')
  @UseGuards(AgentGuard)
  @HttpCode(HttpStatus.NO_CONTENT)
  settle(
    @Req() request: FastifyRequest,
    @Param('task', measurementTaskId) task: string,
    @Body(valid(MeasurementResult, 'the result')) body: MeasurementResult,
  ): Promise<void> {
    return this.agents.settle(agentOf(request), task, body);
  }
}
