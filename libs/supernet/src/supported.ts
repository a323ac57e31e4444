/** @file What this version can train, said before any time is spent. */
import { UnsupportedSearchSpaceError } from '@sextant/common';
import type { SupernetMethodName } from '@sextant/contracts';
import type { AnySpace } from './families';

/** @throws {UnsupportedSearchSpaceError} naming the first thing that cannot be trained */
export function requireTrainable(space: AnySpace, method: SupernetMethodName): void {
  if (space.family === 'transformer') {
    if (method === 'shift-nas') return;
    throw new UnsupportedSearchSpaceError(
      `${space.name}: ${method} does not train transformers yet; use shift-nas`,
    );
  }
  const refuse = (what: string, instead: string): never => {
    throw new UnsupportedSearchSpaceError(
      `${space.name}: ${what} can be counted but not trained yet; ${instead}`,
    );
  };
  if (space.shortcut !== 'identity') refuse('shortcut convolutions', 'set shortcut to "identity"');
  if (space.head.type !== 'plain') refuse('a v3 head', 'set head.type to "plain"');
  const mixed = space.stages.some(({ expansion }) => expansion.includes(1) && expansion.length > 1);
  if (mixed) refuse('expansion 1 beside others in one stage', 'use 1 alone or not at all');
}
