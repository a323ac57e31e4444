/** @file What is said of one route, and the answers most routes give. */
import type { z } from 'zod';

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Media type and what is in it; a string names a format that is no JSON of ours. */
  readonly body:
    z.ZodType | 'application/octet-stream' | 'text/plain' | 'application/schema+json' | 'none';
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** As the router has it, with `:name` for a parameter. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  /** A schema is JSON; `table` is CSV, plain or gzip; `any-table` may be NDJSON too. */
  readonly body?: z.ZodType | 'table' | 'any-table';
  readonly answer: Answer;
  /** Statuses of problem+json beside 500. */
  readonly problems: readonly number[];
}

export const ok = (body: Answer['body'], description: string): Answer => ({
  status: 200,
  description,
  body,
});
export const tagged = (answer: Answer): Answer => ({
  ...answer,
  headers: { ETag: 'Strong; send it as If-None-Match and 304 says that nothing changed' },
});
export const created = (body: Answer['body'], description: string): Answer => ({
  status: 201,
  description,
  body,
});
