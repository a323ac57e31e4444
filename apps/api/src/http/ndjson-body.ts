/** @file Bodies of one JSON object a line, read as they arrive and up to a limit. */
import { createInterface } from 'node:readline';
import { BodyTooLargeError } from '@sextant/common';
import { inflated, readable, recordLimit, type TableBody } from './table-body';

export interface JsonLine {
  /** From 1. */
  readonly line: number;
  /** null: the line is no JSON object. */
  readonly record: Readonly<Record<string, unknown>> | null;
}

function objectOf(text: string): JsonLine['record'] {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null; // the caller counts it
  }
}

/**
 * Lines of the body, empty ones left out.
 * @throws {ValidationError} it is not the gzip it says it is
 * @throws {BodyTooLargeError} it goes on beyond the limit
 */
export async function* jsonLinesOf(body: TableBody): AsyncGenerator<JsonLine, void, undefined> {
  const lines = createInterface({ input: inflated(body), crlfDelay: Infinity });
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      if (line > recordLimit)
        throw new BodyTooLargeError(`a table may have ${recordLimit} records`);
      if (text.trim() !== '') yield { line, record: objectOf(text) };
    }
  } catch (error) {
    throw readable(error);
  }
}
