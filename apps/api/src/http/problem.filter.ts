/** @file Everything that goes wrong leaves as application/problem+json; what we did not foresee is logged. */
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failureOf, problemOf } from './problem';
import { requestIdHeader } from './request-id';

const retryAfterSeconds = 2;

/** Answers with the problem behind `error`, from a filter or from Fastify itself. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const failure = failureOf(error);
  if (failure.status >= 500) request.log.error({ err: error }, failure.detail);
  if (failure.status === 503) reply.header('retry-after', retryAfterSeconds);
  const [path = '/'] = request.url.split('?');
  reply
    .code(failure.status)
    .removeHeader('etag')
    .header(requestIdHeader, request.id)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(problemOf(failure, path, request.id));
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}
