/** @file One name per network: choices that lead to the same layers share it. */
import type { Architecture } from './architecture';
import { networkShape } from './network-shape';
import type { SearchSpace } from './search-space';

const offsetBasis = 0x6c62272e07bb014262b821756295c58dn;
const prime = 0x0000000001000000000000000000013bn;
const mask = (1n << 128n) - 1n;

/** 128-bit FNV-1a of a string's UTF-16 code units. @see draft-eastlake-fnv-21 */
function fnv1a(text: string): bigint {
  let hash = offsetBasis;
  for (let at = 0; at < text.length; at++) {
    hash = ((hash ^ BigInt(text.charCodeAt(at))) * prime) & mask;
  }
  return hash;
}

/** Values in a fixed order, whatever the order of the keys in memory. */
const ordered = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(ordered).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${key}:${ordered(item)}`).join()}}`;
};

/**
 * 32 hexadecimal digits that depend on every layer's sizes and on nothing else: expansions that round to the same
 * channels, and choices of blocks that are not there, do not change it.
 */
export const canonicalHash = (space: SearchSpace, architecture: Architecture): string =>
  fnv1a(ordered(networkShape(space, architecture)))
    .toString(16)
    .padStart(32, '0');
