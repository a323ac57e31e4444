/** @file The HTTP server under Nest: limits, request ids, security headers, entity tags, JSON bodies only. */
import type { IncomingMessage } from 'node:http';
import helmet from '@fastify/helmet';
import { ConsoleLogger, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { HttpMetrics } from '../metrics/http-metrics';
import { tagView } from './etag';
import { ProblemFilter, sendProblem } from './problem.filter';
import { keepRawBodies } from './raw-body';
import { requestIdHeader, requestIdOf } from './request-id';
import { acceptTables } from './table-body';

const bodyLimit = 2 ** 20;

/** Nothing the API answers is a page, so a browser may load and frame nothing. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
};

const adapter = (log: Logger): FastifyAdapter =>
  new FastifyAdapter({
    loggerInstance: log,
    bodyLimit,
    genReqId: (request: IncomingMessage) => requestIdOf(request),
    frameworkErrors: sendProblem,
  });

function addHooks(server: FastifyInstance, metrics: HttpMetrics): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  server.addHook('onSend', (request, reply, body, done) =>
    done(null, tagView(request, reply, body)),
  );
  server.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request, reply);
    done();
  });
}

/** Every route that will be registered, as `GET /path`. */
function collectRoutes(server: FastifyInstance): readonly string[] {
  const routes: string[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    if (method !== 'HEAD') routes.push(`${String(method)} ${url}`);
  });
  return routes;
}

export interface Server {
  readonly app: NestFastifyApplication;
  readonly routes: readonly string[];
}

/** The application of `module`, ready to listen or to be injected. */
export async function createServer(
  module: DynamicModule,
  log: Logger,
  metrics: HttpMetrics,
): Promise<Server> {
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter(log), {
    bodyParser: false,
    abortOnError: false,
    logger: new ConsoleLogger({ json: true, logLevels: ['error', 'fatal'] }),
  });
  const server: FastifyInstance = app.getHttpAdapter().getInstance();
  server.removeContentTypeParser('text/plain');
  acceptTables(server);
  keepRawBodies(server);
  await app.register(helmet, { contentSecurityPolicy });
  addHooks(server, metrics);
  const routes = collectRoutes(server);
  app.useGlobalFilters(new ProblemFilter());
  await app.init();
  await server.ready();
  return { app, routes };
}
