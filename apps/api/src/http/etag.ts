/** @file Strong entity tags: a poller whose copy is current gets 304 and no body. @see RFC 9110 §8.8.3, §13.1.2 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

/** Whether `If-None-Match` lists the tag. GET compares weakly, so `W/"a"` matches `"a"`. */
export function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').map(opaque).includes(etag);
}

export const etagOf = (content: string): string =>
  `"${createHash('sha256').update(content).digest('base64url')}"`;

const isView = ({ method }: FastifyRequest, reply: FastifyReply): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  reply.statusCode === 200 &&
  /^application\/(schema\+)?json/.test(String(reply.getHeader('content-type')));

/** The tag a handler has set, which knows what its answer depends on; else one of the bytes. */
const tagOf = (reply: FastifyReply, body: string): string => {
  const set = reply.getHeader('etag');
  return typeof set === 'string' ? set : etagOf(body);
};

/** Tags every JSON view, by its bytes unless its handler has, so that the tag changes exactly when the answer does. */
export function tagView(request: FastifyRequest, reply: FastifyReply, body: unknown): unknown {
  if (!isView(request, reply) || typeof body !== 'string') return body;
  const etag = tagOf(reply, body);
  reply.header('etag', etag);
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache');
  if (!isCurrent(request.headers['if-none-match'], etag)) return body;
  reply.code(304).removeHeader('content-type');
  reply.removeHeader('content-length');
  return '';
}
