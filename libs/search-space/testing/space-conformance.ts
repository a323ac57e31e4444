/** @file What every search space must satisfy, whatever its family. */
import { rng } from '@sextant/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalHash,
  canonicalise,
  choices,
  crossover,
  decode,
  encode,
  macs,
  maxArchitecture,
  minArchitecture,
  mutate,
  neighbours,
  paramCount,
  parseSearchSpace,
  sample,
  type SearchSpace,
} from '../src';

/** Encodings of the space, any index of any choice. */
const encodings = (space: SearchSpace) =>
  fc.tuple(...choices(space).map(({ values }) => fc.integer({ min: 0, max: values.length - 1 })));

export function spaceConformance(space: SearchSpace): void {
  describe(`search space ${space.name}`, () => {
    const seeds = fc.integer({ min: 0, max: 2 ** 31 });

    it('equals itself after a JSON round trip through its schema', () => {
      expect(parseSearchSpace(JSON.parse(JSON.stringify(space)))).toEqual(space);
    });

    it('decode ∘ encode = id, and canonicalising twice is canonicalising once', () => {
      fc.assert(
        fc.property(encodings(space), (encoding) => {
          const architecture = decode(space, encoding);
          expect(decode(space, encode(space, architecture))).toEqual(architecture);
          const canonical = canonicalise(space, encoding);
          expect(canonicalise(space, canonical)).toEqual(canonical);
          expect(canonicalHash(space, decode(space, canonical))).toBe(
            canonicalHash(space, architecture),
          );
        }),
      );
    });

    it('stays inside itself under sampling, mutation, crossover and neighbourhood', () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const draw = rng(seed);
          const [a, b] = [sample(space, draw), sample(space, draw)];
          const mutant = mutate(space, a, draw, { probability: 0.2 });
          expect(encode(space, mutant)).not.toEqual(encode(space, a));
          encode(space, crossover(space, a, b, draw));
          for (const next of neighbours(space, a)) {
            expect(encode(space, next)).not.toEqual(encode(space, a));
          }
        }),
        { numRuns: 50 },
      );
    });

    it('has its smallest and largest network at the two ends', () => {
      const [min, max] = [minArchitecture(space), maxArchitecture(space)];
      fc.assert(
        fc.property(encodings(space), (encoding) => {
          const architecture = decode(space, encoding);
          for (const count of [macs, paramCount]) {
            expect(count(space, architecture)).toBeGreaterThanOrEqual(count(space, min));
            expect(count(space, architecture)).toBeLessThanOrEqual(count(space, max));
          }
        }),
      );
    });

    it('repeats a draw from the same seed', () => {
      expect(sample(space, rng(9, 'x'))).toEqual(sample(space, rng(9, 'x')));
    });
  });
}
