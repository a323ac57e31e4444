/** @file From anything thrown to the one shape of an HTTP error. @see RFC 9457 */
import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { NasError, ValidationError, type Violation } from '@sextant/common';
import type { Problem } from '@sextant/contracts';
import { isDatabaseOutage } from './database-outage';

/** Status of each error code a request can cause; a code that is not listed is our fault: 500. */
const statusOfCode: Readonly<Record<string, number>> = {
  validation: 400,
  'agent-refused': 401,
  'not-found': 404,
  'body-too-large': 413,
  conflict: 409,
  'illegal-transition': 409,
  'idempotency-mismatch': 422,
  'lease-lost': 409,
  'table-refused': 422,
  'insufficient-data': 422,
  'invalid-measurement': 422,
  'implausible-measurement': 422,
  'invalid-search-space': 422,
  'unsupported-search-space': 422,
  'search-space-too-large': 422,
  'invalid-architecture': 422,
  'infeasible-constraint': 422,
  'dataset-not-found': 422,
  'dataset-format': 422,
  'service-unavailable': 503,
};

/** Codes of failures that Fastify and Nest answer themselves, by status. */
const codeOfStatus: Readonly<Record<number, string>> = {
  400: 'malformed-request',
  404: 'route-not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  431: 'headers-too-large',
  503: 'service-unavailable',
};

export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly Violation[];
}

const internal: Failure = {
  status: 500,
  code: 'internal',
  detail: 'something went wrong here; the log has it under this request id',
};

const databaseDown: Failure = {
  status: 503,
  code: 'service-unavailable',
  detail: 'the database does not answer; try again',
};

function ofNasError(error: NasError): Failure {
  const status = statusOfCode[error.code];
  if (status === undefined) return internal;
  const failure = { status, code: error.code, detail: error.message };
  const violations = error instanceof ValidationError ? error.violations : [];
  return violations.length > 0 ? { ...failure, errors: violations } : failure;
}

/** Fastify's own errors and its parser's carry `statusCode`. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = Object(error) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : 500;
}

/** Nothing of an unforeseen error reaches the caller: no message, no stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof NasError) return ofNasError(error);
  if (isDatabaseOutage(error)) return databaseDown;
  const status = statusOf(error);
  if (status < 400 || status >= 500) return status === 503 ? databaseDown : internal;
  const code = codeOfStatus[status] ?? 'malformed-request';
  return { status, code, detail: (error as Error).message };
}

export const problemOf = (failure: Failure, instance: string, requestId: string): Problem => ({
  type: `urn:sextant:problem:${failure.code}`,
  title: STATUS_CODES[failure.status] ?? 'Error',
  status: failure.status,
  detail: failure.detail,
  instance,
  code: failure.code,
  requestId,
  ...(failure.errors && { errors: [...failure.errors] }),
});
