/** @file Ways from encodings to another: a draw, mutations, a crossover, the neighbours. Results are canonical. */
import type { Rng } from '@sextant/common';
import type { EncodedSpace, Encoding } from './encoded-space';

/** Every choice uniform and independent. */
export const sampleEncoding = (space: EncodedSpace, rng: Rng): Encoding =>
  space.canonicalise(space.sizes.map((size) => rng.int(size)));

const anotherValue = (value: number, size: number, rng: Rng): number =>
  (value + 1 + rng.int(size - 1)) % size;

/** `count` different ones of the choices that have more than one value; all of them, where there are fewer. */
function someChoices({ sizes }: EncodedSpace, rng: Rng, count: number): number[] {
  const open = sizes.flatMap((size, at) => (size > 1 ? [at] : []));
  const wanted = Math.min(count, open.length);
  return Array.from({ length: wanted }, () => open.splice(rng.int(open.length), 1)[0] as number);
}

function withOthers(
  space: EncodedSpace,
  parent: Encoding,
  choices: readonly number[],
  rng: Rng,
): Encoding {
  const child = [...parent];
  for (const at of choices) {
    child[at] = anotherValue(parent[at] as number, space.sizes[at] as number, rng);
  }
  return space.canonicalise(child);
}

/** Exactly `count` choices, uniformly, take another of their values (all of them, where the space has fewer). */
export const mutateCount = (
  space: EncodedSpace,
  parent: Encoding,
  rng: Rng,
  count: number,
): Encoding => withOthers(space, parent, someChoices(space, rng, count), rng);

/** Each choice that has another value takes one with `probability`; possibly none does. */
export function mutateEach(
  space: EncodedSpace,
  parent: Encoding,
  rng: Rng,
  probability: number,
): Encoding {
  const chosen = space.sizes.flatMap((size, at) =>
    size > 1 && rng.uniform() < probability ? [at] : [],
  );
  return withOthers(space, parent, chosen, rng);
}

/**
 * Each choice is drawn anew with `probability`, its old value included: Once-for-All's operator, which often returns
 * the parent.
 * @see Cai et al. 2020, Once-for-All, arXiv:1908.09791 — `evolution_finder`
 */
export const redrawEach = (
  space: EncodedSpace,
  parent: Encoding,
  rng: Rng,
  probability: number,
): Encoding =>
  space.canonicalise(
    parent.map((value, at) =>
      rng.uniform() < probability ? rng.int(space.sizes[at] as number) : value,
    ),
  );

/** Each choice from either parent, by a fair coin. */
export const uniformCrossover = (
  space: EncodedSpace,
  a: Encoding,
  b: Encoding,
  rng: Rng,
): Encoding =>
  space.canonicalise(a.map((value, at) => (rng.uniform() < 0.5 ? value : (b[at] as number))));

/** Every accepted encoding that differs in one choice, once each. */
export function neighbourEncodings(space: EncodedSpace, centre: Encoding): Encoding[] {
  const found = new Map<string, Encoding>();
  space.sizes.forEach((size, at) => {
    for (let value = 0; value < size; value++) {
      const next = space.canonicalise(centre.map((old, other) => (other === at ? value : old)));
      if (space.accepts(next)) found.set(next.join(), next);
    }
  });
  found.delete(space.canonicalise(centre).join());
  return [...found.values()];
}
