/** @file Enumeration: exact where the space is small or evaluating is cheap. */
import { SearchSpaceTooLargeError } from '@sextant/common';
import { z } from 'zod';
import { encodingAt, encodingCount, encodingKey } from '../encoded-space';
import { noneLeft } from '../seen';
import { defineStrategy } from '../strategy';

/**
 * Every accepted canonical encoding once, the last choice fastest.
 * @throws {SearchSpaceTooLargeError} on the first ask, for more encodings than `limit`
 */
export const enumeration = defineStrategy({
  name: 'enumeration',
  title: 'Enumeration',
  reference: 'exhaustive search',
  options: z.strictObject({ limit: z.int().min(1).max(1e8).default(1e6) }),
  state: z.strictObject({ position: z.int().min(0) }),
  objectives: 'several',
  promises: { noDuplicates: () => true, anyTellOrder: true },
  init: () => ({ position: 0 }),

  ask({ state, options, space, number }) {
    const count = encodingCount(space);
    if (count > options.limit) throw new SearchSpaceTooLargeError(space.name, count, options.limit);
    while (state.position < count) {
      const encoding = encodingAt(space, state.position++);
      const isOwn = encodingKey(space.canonicalise(encoding)) === encodingKey(encoding);
      if (isOwn && space.accepts(encoding)) return encoding;
    }
    return noneLeft(number);
  },
  tell: () => undefined,
});
