/** @file What a strategy sees of a search space: how many values each choice has, and which encodings count. */
import { InvalidArchitectureError } from '@sextant/common';

/** One index per choice, in the space's order. */
export type Encoding = readonly number[];

export interface EncodedSpace {
  readonly name: string;
  /** How many values each choice has: choice i takes an index in 0..sizes[i]−1. */
  readonly sizes: readonly number[];
  /** The one encoding among all that mean the same network. Idempotent. */
  readonly canonicalise: (encoding: Encoding) => Encoding;
  /** Limits known without evaluating: a strategy never proposes what is not accepted. */
  readonly accepts: (encoding: Encoding) => boolean;
}

export interface EncodedSpaceParts {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly canonicalise?: (encoding: Encoding) => Encoding;
  readonly accepts?: (encoding: Encoding) => boolean;
}

/** A space of independent choices; without `canonicalise` every encoding is its own, without `accepts` all count. */
export const encodedSpace = ({
  name,
  sizes,
  canonicalise = (encoding) => encoding,
  accepts = () => true,
}: EncodedSpaceParts): EncodedSpace => Object.freeze({ name, sizes, canonicalise, accepts });

/** The part of a space that meets a limit as well. */
export const restrictTo = (
  space: EncodedSpace,
  accepts: (encoding: Encoding) => boolean,
): EncodedSpace =>
  Object.freeze({ ...space, accepts: (it: Encoding) => space.accepts(it) && accepts(it) });

/** Names an encoding in a set; equal for equal encodings only. */
export const encodingKey = (encoding: Encoding): string => encoding.join();

/** Number of encodings, before canonicalisation and limits; past 2⁵³ an approximation. */
export const encodingCount = ({ sizes }: EncodedSpace): number =>
  sizes.reduce((product, size) => product * size, 1);

/** The encoding at a position of the product of the choices, the last choice fastest. */
export function encodingAt({ sizes }: EncodedSpace, position: number): Encoding {
  const encoding: number[] = [];
  let rest = position;
  for (let at = sizes.length - 1; at >= 0; at--) {
    const size = sizes[at] as number;
    encoding.push(rest % size);
    rest = Math.floor(rest / size);
  }
  return encoding.reverse();
}

/** @throws {InvalidArchitectureError} wrong length, or an index out of range */
export function requireEncoding({ name, sizes }: EncodedSpace, encoding: Encoding): void {
  const fits = sizes.every((size, at) => {
    const index = encoding[at] as number;
    return Number.isInteger(index) && index >= 0 && index < size;
  });
  if (fits && encoding.length === sizes.length) return;
  throw new InvalidArchitectureError(
    `[${encoding.join()}] does not encode an architecture of ${name}: expected ${sizes.length} indices below [${sizes.join()}]`,
  );
}
