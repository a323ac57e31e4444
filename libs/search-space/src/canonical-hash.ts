/** @file One name per network: choices that lead to the same layers share it. */
import type { Architecture } from './architecture';
import { networkShape } from './network-shape';
import type { SearchSpace } from './search-space';

/** 0x6c62272e07bb014262b821756295c58d in 16-bit limbs, least significant first. */
const offsetBasis = [0xc58d, 0x6295, 0x2175, 0x62b8, 0x0142, 0x07bb, 0x272e, 0x6c62] as const;

/**
 * 128-bit FNV-1a of a string's UTF-16 code units, as 32 hexadecimal digits: hash ← (hash ⊕ unit) · (2⁸⁸ + 0x13b).
 * Limbs instead of bigint: the product is two shifted sums that fit in doubles, and this runs once per character.
 * @see draft-eastlake-fnv-21
 */
export function fnv1a128(text: string): string {
  const limbs = Uint16Array.from(offsetBasis);
  const old = new Uint16Array(limbs.length);
  for (let at = 0; at < text.length; at++) {
    limbs[0] = (limbs[0] as number) ^ text.charCodeAt(at);
    old.set(limbs);
    let carry = 0;
    for (let i = 0; i < limbs.length; i++) {
      // 2⁸⁸ moves a limb up by five and a half places.
      const shifted = i < 5 ? 0 : (old[i - 5] as number) << 8;
      const sum = (old[i] as number) * 0x13b + (shifted & 0xffff) + carry + spilled(old, i);
      limbs[i] = sum;
      carry = sum >>> 16;
    }
  }
  return Array.from(limbs.reverse(), (limb) => limb.toString(16).padStart(4, '0')).join('');
}

/** What the limb below, moved by 88 bits, leaves in limb i. */
const spilled = (limbs: Uint16Array, i: number): number =>
  i < 6 ? 0 : (limbs[i - 6] as number) >>> 8;

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
