/** @file One name per network: choices that lead to the same layers share it. */
import type { Architecture } from './architecture';
import { networkShape } from './network-shape';
import type { SearchSpace } from './search-space';

/**
 * 128-bit FNV-1a of a string's UTF-16 code units, as 32 hexadecimal digits: hash ← (hash ⊕ unit) · (2⁸⁸ + 0x13b) mod 2¹²⁸.
 * Four 32-bit words, w0 the least significant: a word times 0x13b and its carry fit in a double, and bigint is six
 * times slower. Multiplying by 2⁸⁸ moves words up by two places and 24 bits.
 * @see draft-eastlake-fnv-21
 */
export function fnv1a128(text: string): string {
  let [w0, w1, w2, w3] = [0x6295c58d, 0x62b82175, 0x07bb0142, 0x6c62272e];
  for (let at = 0; at < text.length; at++) {
    w0 = (w0 ^ text.charCodeAt(at)) >>> 0;
    const moved2 = (w0 << 24) >>> 0;
    const moved3 = ((w1 << 24) | (w0 >>> 8)) >>> 0;
    const p0 = w0 * 0x13b;
    const p1 = w1 * 0x13b + Math.floor(p0 / 2 ** 32);
    const p2 = w2 * 0x13b + Math.floor(p1 / 2 ** 32) + moved2;
    const p3 = w3 * 0x13b + Math.floor(p2 / 2 ** 32) + moved3;
    [w0, w1, w2, w3] = [p0 >>> 0, p1 >>> 0, p2 >>> 0, p3 >>> 0];
  }
  return [w3, w2, w1, w0].map((word) => word.toString(16).padStart(8, '0')).join('');
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
  fnv1a128(ordered(networkShape(space, architecture)));
