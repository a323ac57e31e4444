/** @file HTTP for hardware profiles: devices, their versions, and the numbers of each. */
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
  Query,
  Res,
} from '@nestjs/common';
import {
  CreateHardwareProfile,
  CreateHardwareVersion,
  type HardwareMeasurementView,
  type HardwareProfileDetail,
  type HardwareProfileView,
  TableImportQuery,
  type TableImport,
} from '@sextant/contracts';
import type { FastifyReply } from 'fastify';
import { PageQuery, type Page } from '../http/pagination';
import { hardwareProfileId } from '../http/parameters';
import {
  AcceptsTable,
  ndjsonMediaType,
  tableBody,
  tableMediaTypes,
  type TableBody,
} from '../http/table-body';
import { valid } from '../http/validate';
import { HardwareProfilesService, MeasurementsQuery } from './hardware-profiles.service';
import { TableImportsService } from './table-imports.service';

@Controller('v1/hardware-profiles')
export class HardwareProfilesController {
  constructor(
    @Inject(HardwareProfilesService) private readonly profiles: HardwareProfilesService,
    @Inject(TableImportsService) private readonly tables: TableImportsService,
  ) {}

  @Post()
  async create(
    @Body(valid(CreateHardwareProfile, 'the hardware profile')) body: CreateHardwareProfile,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HardwareProfileDetail> {
    const profile = await this.profiles.create(body);
    reply.header('location', profile.links.self);
    return profile;
  }

  @Get()
  list(@Query(valid(PageQuery, 'the query')) page: PageQuery): Promise<Page<HardwareProfileView>> {
    return this.profiles.list(page);
  }

  @Get(':profile')
  get(@Param('profile', hardwareProfileId) id: string): Promise<HardwareProfileDetail> {
    return this.profiles.get(id);
  }

  /** With everything it holds; searches keep the costs that were taken from it. */
  @Delete(':profile')
  @HttpCode(HttpStatus.NO_CONTENT)
  delete(@Param('profile', hardwareProfileId) id: string): Promise<void> {
    return this.profiles.delete(id);
  }

  @Post(':profile/versions')
  addVersion(
    @Param('profile', hardwareProfileId) id: string,
    @Body(valid(CreateHardwareVersion, 'the version')) body: CreateHardwareVersion,
  ): Promise<HardwareProfileDetail> {
    return this.profiles.addVersion(id, body);
  }

  @Get(':profile/measurements')
  measurements(
    @Param('profile', hardwareProfileId) id: string,
    @Query(valid(MeasurementsQuery, 'the query')) query: MeasurementsQuery,
  ): Promise<Page<HardwareMeasurementView>> {
    return this.profiles.measurements(id, query);
  }

  /** Each import is a version of its own; answered once all of it is stored. */
  @Post(':profile/tables')
  @AcceptsTable([...tableMediaTypes, ndjsonMediaType])
  importTable(
    @Param('profile', hardwareProfileId) id: string,
    @Query(valid(TableImportQuery, 'the query')) query: TableImportQuery,
    @Body(tableBody) body: TableBody,
  ): Promise<TableImport> {
    return this.tables.import(id, query, body);
  }
}
