/** @file Every answer and log line carries the id of its request: the caller's, where it is harmless. */
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const requestIdHeader = 'x-request-id';

const harmless = /^[\w.-]{1,64}$/;

/** The caller's `X-Request-Id` of at most 64 characters a-z, 0-9, `_`, `.`, `-`; else a new UUID. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const given = headers[requestIdHeader];
  return typeof given === 'string' && harmless.test(given) ? given : randomUUID();
}
