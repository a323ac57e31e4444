/** @file HTTP for Prometheus. */
import { Controller, Get, Header, Inject } from '@nestjs/common';
import { HttpMetrics } from './http-metrics';

@Controller()
export class MetricsController {
  constructor(@Inject(HttpMetrics) private readonly metrics: HttpMetrics) {}

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  read(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
