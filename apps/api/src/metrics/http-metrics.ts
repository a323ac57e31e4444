/** @file How long requests take, by route and status. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

export class HttpMetrics {
  readonly registry = new Registry();
  private readonly duration = new Histogram({
    name: 'sextant_http_request_seconds',
    help: 'Seconds from the request to the end of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'sextant_api_' });
  }

  /** By the route's pattern, never the address asked for: the number of series stays bounded. */
  observe(request: FastifyRequest, reply: FastifyReply): void {
    const { method, routeOptions } = request;
    const labels = { method, route: routeOptions.url ?? 'none', status: reply.statusCode };
    this.duration.observe(labels, reply.elapsedTime / 1000);
  }
}
