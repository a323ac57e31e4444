/** @file HTTP for orchestrators. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ServiceUnavailableError } from '@sextant/common';
import { DataSource } from 'typeorm';
import type { Liveness, Readiness } from './health.view';

@Controller('health')
export class HealthController {
  constructor(@Inject(DataSource) private readonly database: DataSource) {}

  @Get('live')
  live(): Liveness {
    return { status: 'alive' };
  }

  /** Only the database decides: without the queue, submits wait in the outbox and reads go on. */
  @Get('ready')
  async ready(): Promise<Readiness> {
    await this.database.query('SELECT 1').catch((cause: unknown) => {
      throw new ServiceUnavailableError('the database does not answer', { cause });
    });
    return { status: 'ready', database: 'up' };
  }
}
