import { ValidationError } from '@sextant/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pageOf, type Keyset } from './pagination';

const numbers: Keyset<number, number> = {
  position: z.int(),
  positionOf: (row) => row,
  load: (limit, after) =>
    Promise.resolve([1, 2, 3, 4].filter((row) => row > (after ?? 0)).slice(0, limit)),
};

describe('pageOf', () => {
  it.each([1, 2, 3, 4, 5])('visits each row once in pages of %i', async (limit) => {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await pageOf({ limit, ...(cursor && { cursor }) }, numbers);
      seen.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual([1, 2, 3, 4]);
  });
  it.each(['x', '!!', Buffer.from('"1"').toString('base64url')])('refuses %j', async (cursor) => {
    await expect(pageOf({ limit: 1, cursor }, numbers)).rejects.toThrow(ValidationError);
  });
});
