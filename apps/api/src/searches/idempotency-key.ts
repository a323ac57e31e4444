/** @file The header that makes a submit safe to repeat. */
import { createHash } from 'node:crypto';
import { ValidationError } from '@sextant/common';

const printable = /^[\x21-\x7e]{1,255}$/;

/** The key a caller gave, if any. @throws {ValidationError} it is not 1–255 printable characters */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || printable.test(header)) return header;
  throw new ValidationError('Idempotency-Key must be 1 to 255 printable ASCII characters');
}

/** Keys of every object in order, so that two spellings of one JSON value are one text. */
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** SHA-256 (hex) of the request with its defaults: key order and spelt-out defaults do not matter. */
export const fingerprint = (spec: object): string =>
  createHash('sha256').update(JSON.stringify(spec, inOrder)).digest('hex');
