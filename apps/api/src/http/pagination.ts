/** @file Query of every list: keyset pages, so that rows added meanwhile shift nothing. */
import { ValidationError } from '@sextant/common';
import { z } from 'zod';

export const PageQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).default(50),
  /** `nextCursor` of the page before; opaque. */
  cursor: z.string().min(1).max(512).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

const encode = (position: unknown): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

function json(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined; // not one of ours: the position's schema refuses it
  }
}

function decode<P>(position: z.ZodType<P>, cursor: string): P {
  const result = position.safeParse(json(cursor));
  if (result.success) return result.data;
  const message = 'not a cursor of this list';
  throw new ValidationError(message, [{ pointer: '/cursor', message }]);
}

/** A list in a fixed order; `position` names a place in it. */
export interface Keyset<Row, P> {
  readonly position: z.ZodType<P>;
  positionOf(row: Row): P;
  /** Up to `limit` rows after the place, or from the start. */
  load(limit: number, after: P | null): Promise<Row[]>;
}

/**
 * The page after `cursor`. Asks for one row more than it shows, to know whether there is another page.
 * @throws {ValidationError} the cursor is none of this list
 */
export async function pageOf<Row, P>(
  { limit, cursor }: PageQuery,
  keyset: Keyset<Row, P>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? null : decode(keyset.position, cursor);
  const rows = await keyset.load(limit + 1, after);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: isMore ? encode(keyset.positionOf(last)) : null };
}
