/** @file Finding encodings that a run has not asked for: the set it keeps, and a search for what is missing. */
import type { Rng } from '@sextant/common';
import { z } from 'zod';
import {
  encodingAt,
  encodingCount,
  encodingKey,
  type EncodedSpace,
  type Encoding,
} from './encoded-space';
import { sampleEncoding } from './variation';

/** Keys of all that was asked for; an object, so that it is JSON and looking up costs the same at any size. */
export const Seen = z.record(z.string(), z.literal(1));
export type Seen = z.infer<typeof Seen>;

/** Spaces up to this size are looked through when a few draws find nothing; larger ones only get more draws. */
const scannable = 2 ** 20;
const draws = { small: 50, large: 1000 };

/** Accepted and not asked for yet. */
export const isFresh = (space: EncodedSpace, seen: Seen, encoding: Encoding): boolean =>
  !(encodingKey(encoding) in seen) && space.accepts(encoding);

/** The first fresh result of up to `tries` proposals. */
export function firstFresh(
  space: EncodedSpace,
  seen: Seen,
  tries: number,
  propose: () => Encoding,
): Encoding | null {
  for (let attempt = 0; attempt < tries; attempt++) {
    const proposal = propose();
    if (isFresh(space, seen, proposal)) return proposal;
  }
  return null;
}

/** What a space accepts, key by key; worked out once for each space that is looked through. */
const accepted = new WeakMap<EncodedSpace, ReadonlyMap<string, Encoding>>();

function acceptedEncodings(space: EncodedSpace): ReadonlyMap<string, Encoding> {
  const known = accepted.get(space);
  if (known) return known;
  const found = new Map<string, Encoding>();
  const count = encodingCount(space);
  for (let position = 0; position < count; position++) {
    const encoding = space.canonicalise(encodingAt(space, position));
    if (space.accepts(encoding)) found.set(encodingKey(encoding), encoding);
  }
  accepted.set(space, found);
  return found;
}

/** One of all fresh encodings, uniformly. */
function pickFresh(space: EncodedSpace, seen: Seen, rng: Rng): Encoding | null {
  const fresh = [...acceptedEncodings(space)].filter(([key]) => !(key in seen));
  return fresh.length === 0 ? null : rng.choice(fresh)[1];
}

/**
 * A random fresh encoding. Null means that there is none; in a space of more than 2²⁰ encodings, that 1,000 draws met
 * none.
 */
export function freshSample(space: EncodedSpace, seen: Seen, rng: Rng): Encoding | null {
  const isSmall = encodingCount(space) <= scannable;
  const tries = isSmall ? draws.small : draws.large;
  const drawn = firstFresh(space, seen, tries, () => sampleEncoding(space, rng));
  return drawn ?? (isSmall ? pickFresh(space, seen, rng) : null);
}

export function remember(seen: Seen, encoding: Encoding): Encoding {
  seen[encodingKey(encoding)] = 1;
  return encoding;
}

/** Nothing fresh is left: because all was asked for, or because nothing was ever accepted. */
export const noneLeft = (number: number): 'exhausted' | 'infeasible' =>
  number === 0 ? 'infeasible' : 'exhausted';

/** A draw that may repeat, accepted all the same; null when none is found. */
export const acceptedSample = (space: EncodedSpace, rng: Rng): Encoding | null =>
  freshSample(space, {}, rng);
