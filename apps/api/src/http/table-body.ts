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
const recordLimit = 100_000;

const routeOption = 'acceptsTable';

/** Marks a route whose body is a table; every other route refuses one. */
export const AcceptsTable = (): MethodDecorator => RouteConfig({ [routeOption]: true });

const isGzip = (request: FastifyRequest): boolean =>
  request.headers['content-encoding'] === 'gzip' ||
  /^application\/gzip/.test(request.headers['content-type'] ?? '');

export function acceptTables(server: FastifyInstance): void {
  server.addContentTypeParser(tableMediaTypes, (request, payload, done) => {
    if (!(routeOption in request.routeOptions.config)) {
      done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(request.headers['content-type']));
      return;
    }
    done(null, new TableBody(payload, isGzip(request)));
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

const refused = (message: string, cause: unknown): ValidationError =>
  new ValidationError(message, [{ pointer: '', message }], { cause });

function readable(error: unknown): unknown {
  if (error instanceof CsvError) return refused(`the table is no CSV: ${error.message}`, error);
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return refused('the table is no gzip file, or breaks off', error);
  }
  return error;
}

/**
 * Records of the table, its header first. Reading stops with whoever iterates.
 * @throws {ValidationError} it is not the CSV or gzip it says it is
 * @throws {BodyTooLargeError} it goes on beyond the limit
 */
export async function* recordsOf({ stream, isGzip }: TableBody): AsyncGenerator<TableRecord> {
  const parser = parse({ bom: true, info: true, skip_empty_lines: true, max_record_size: 2 ** 20 });
  const ended = (): void => undefined; // the parser is destroyed with the error, and iterating it throws
  if (isGzip) pipeline(stream, createGunzip(), limited(), parser, ended);
  else pipeline(stream, limited(), parser, ended);
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
