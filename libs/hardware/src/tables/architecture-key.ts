/** @file How the tables of others name an architecture, and the key under which we store its numbers. */
import { InvalidArchitectureError } from '@sextant/common';
import { cellAt, cellCount, cellKey, parseCell } from '@sextant/search-space';
import { parseBlockKey, formatBlockKey } from './block-key';

/** The stored key of what a table calls `text`; null where it names nothing. */
export type KeyOf = (text: string) => string | null;

const hash = /^[0-9a-f]{32}$/;
const index = /^\d{1,6}$/;

/** A cell of NAS-Bench-201 by its official index, its official string, or the key of either. */
function cellKeyOf(text: string): string | null {
  if (hash.test(text)) return text;
  if (index.test(text)) return Number(text) < cellCount ? cellKey(cellAt(Number(text))) : null;
  try {
    return cellKey(parseCell(text));
  } catch (error) {
    if (error instanceof InvalidArchitectureError) return null;
    throw error;
  }
}

function blockKeyOf(text: string): string | null {
  const block = parseBlockKey(text);
  return block && formatBlockKey(block);
}

/** Candidates of other spaces are named by their canonical hash. */
export function architectureKeyOf(keys: 'architecture' | 'block', space: string | null): KeyOf {
  if (keys === 'block') return blockKeyOf;
  return space === 'nas-bench-201' ? cellKeyOf : (text) => (hash.test(text) ? text : null);
}
