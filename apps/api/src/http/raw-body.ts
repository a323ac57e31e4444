/** @file JSON bodies as they arrived, for requests whose very bytes are signed. */
import type { FastifyInstance, FastifyRequest } from 'fastify';

const bodies = new WeakMap<FastifyRequest, string>();

/** Parses JSON as Fastify does, and remembers the text while the request lives. */
export function keepRawBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      bodies.set(request, body);
      void parse(request, body, done);
    },
  );
}

/** The text of the body; empty where there was none. */
export const rawBody = (request: FastifyRequest): string => bodies.get(request) ?? '';
