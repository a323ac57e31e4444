/** @file Bodies that are tables: CSV, plain or gzip, read record by record as they arrive and up to a limit. */
import type { Readable } from 'node:stream';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UnsupportedMediaTypeException, type PipeTransform } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { BodyTooLargeError, ValidationError } from '@sextant/common';
import { CsvError, parse, type Info } from 'csv-parse';
import { errorCodes, type FastifyInstance, type FastifyRequest } from 'fastify';

/** A body as it arrives; whoever takes it reads it to its end. */
export class TableBody {
  constructor(
    readonly stream: Readable,
    readonly isGzip: boolean,
    readonly isNdjson: boolean,
  ) {}
}

export interface TableRecord {
  /** From 1; the header counts. */
  readonly line: number;
  readonly fields: readonly string[];
}

export const tableMediaTypes = ['text/csv', 'application/gzip'];

/** Inflated; the largest table we know has 15,625 rows of 200 bytes. Each record takes some time of the event loop. */
const byteLimit = 32 * 2 ** 20;
export const recordLimit = 100_000;

const routeOption = 'acceptsTable';

/** Marks a route whose body is a table; every other route refuses one. */
export const AcceptsTable = (types: readonly string[] = tableMediaTypes): MethodDecorator =>
  RouteConfig({ [routeOption]: types });

/** JSON, one object a line. */
export const ndjsonMediaType = 'application/x-ndjson';

const isGzip = (request: FastifyRequest): boolean =>
  request.headers['content-encoding'] === 'gzip' ||
  /^application\/gzip/.test(request.headers['content-type'] ?? '');

const isNdjson = (request: FastifyRequest): boolean =>
  (request.headers['content-type'] ?? '').startsWith(ndjsonMediaType);

export function acceptTables(server: FastifyInstance): void {
  server.addContentTypeParser([...tableMediaTypes, ndjsonMediaType], (request, payload, done) => {
    const { [routeOption]: types = [] } = request.routeOptions.config as {
      [routeOption]?: readonly string[];
    };
    const [type = ''] = (request.headers['content-type'] ?? '').split(';');
    if (!types.includes(type.trim().toLowerCase())) {
      done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(request.headers['content-type']));
      return;
    }
    done(null, new TableBody(payload, isGzip(request), isNdjson(request)));
  });
}

/** A pipe for the body of such a route. */
export const tableBody: PipeTransform<unknown, TableBody> = {
  transform(input) {
    if (input instanceof TableBody) return input;
    throw new UnsupportedMediaTypeException(`send a table: ${tableMediaTypes.join(' or ')}`);
  },
};

function limited(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes <= byteLimit) return done(null, chunk);
      done(new BodyTooLargeError(`a table may have ${byteLimit / 2 ** 20} MiB, inflated`));
    },
  });
}

export const refused = (message: string, cause: unknown): ValidationError =>
  new ValidationError(message, [{ pointer: '', message }], { cause });

export function readable(error: unknown): unknown {
  if (error instanceof CsvError) return refused(`the table is no CSV: ${error.message}`, error);
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return refused('the table is no gzip file, or breaks off', error);
  }
  return error;
}

/** The body inflated, and cut off with BodyTooLargeError beyond the limit. */
export function inflated({ stream, isGzip }: TableBody): Readable {
  const ended = (): void => undefined; // the last stream is destroyed with the error, and iterating it throws
  if (isGzip) return pipeline(stream, createGunzip(), limited(), ended);
  return pipeline(stream, limited(), ended);
}

/**
 * Records of the table, its header first. Reading stops with whoever iterates.
 * @param mayDiffer records may have more or fewer fields than the header
 * @throws {ValidationError} it is not the CSV or gzip it says it is
 * @throws {BodyTooLargeError} it goes on beyond the limit
 */
export async function* recordsOf(
  body: TableBody,
  { mayDiffer = false } = {},
): AsyncGenerator<TableRecord> {
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: 2 ** 20,
    relax_column_count: mayDiffer,
  });
  pipeline(inflated(body), parser, () => undefined);
  let records = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: Info;
    }>) {
      if (++records > recordLimit) {
        throw new BodyTooLargeError(`a table may have ${recordLimit} records`);
      }
      yield { line: info.lines, fields: record };
    }
  } catch (error) {
    throw readable(error);
  }
}
