/** @file Ways to a new architecture: a draw, a mutation, a crossover, the neighbours. All stay inside the space. */
import type { Rng } from '@sextant/common';
import type { Architecture } from './architecture';
import { canonicalise, choices, decode, encode, type Encoding } from './encoding';
import type { SearchSpace } from './search-space';

/** Every choice uniform and independent. */
export const sample = (space: SearchSpace, rng: Rng): Architecture =>
  decode(
    space,
    choices(space).map(({ values }) => rng.int(values.length)),
  );

/**
 * Each active choice takes another of its values with `probability`; at least one changes, unless the space has one
 * architecture only.
 */
export function mutate(
  space: SearchSpace,
  architecture: Architecture,
  rng: Rng,
  { probability }: { readonly probability: number },
): Architecture {
  const parent = encode(space, architecture);
  const all = choices(space);
  const open = all.flatMap(({ values, neededFrom }, at) => {
    const active =
      !neededFrom ||
      (architecture.stages[neededFrom.stage]?.blocks.length ?? 0) >= neededFrom.depth;
    return active && values.length > 1 ? [at] : [];
  });
  if (open.length === 0) return architecture;
  const forced = rng.choice(open);
  const child = parent.map((index, at) => {
    const changes = at === forced || (open.includes(at) && rng.uniform() < probability);
    if (!changes) return index;
    const count = all[at]?.values.length as number;
    return (index + 1 + rng.int(count - 1)) % count;
  });
  return decode(space, child);
}

/** Each choice from either parent, by a fair coin. @see AttentiveNAS evolutionary search */
export function crossover(
  space: SearchSpace,
  a: Architecture,
  b: Architecture,
  rng: Rng,
): Architecture {
  const [left, right] = [encode(space, a), encode(space, b)];
  return decode(
    space,
    left.map((index, at) => (rng.uniform() < 0.5 ? index : (right[at] as number))),
  );
}

/** Every architecture one step up or down in one choice. */
export function neighbours(space: SearchSpace, architecture: Architecture): Architecture[] {
  const centre = encode(space, architecture);
  const known = new Set([centre.join()]);
  const found: Encoding[] = [];
  choices(space).forEach(({ values }, at) => {
    for (const step of [-1, 1]) {
      const index = (centre[at] as number) + step;
      if (index < 0 || index >= values.length) continue;
      const next = canonicalise(
        space,
        centre.map((old, other) => (other === at ? index : old)),
      );
      if (known.has(next.join())) continue;
      known.add(next.join());
      found.push(next);
    }
  });
  return found.map((encoding) => decode(space, encoding));
}

/** Number of different encodings after canonicalisation. */
export function cardinality(space: SearchSpace): bigint {
  let total = BigInt(space.resolution.length) * BigInt(space.stem.width.length);
  if (space.head.width.length > 0) total *= BigInt(space.head.width.length);
  for (const stage of space.stages) {
    const fields = (['kernel', 'expansion'] as const).map((field) => ({
      count: BigInt(stage[field].length),
      perBlock: space.perBlock.includes(field),
    }));
    const ofDepth = (depth: number): bigint =>
      fields.reduce(
        (product, { count, perBlock }) => product * (perBlock ? count ** BigInt(depth) : count),
        1n,
      );
    const byDepth = stage.depth.reduce((sum, depth) => sum + ofDepth(depth), 0n);
    total *= BigInt(stage.width.length) * byDepth;
  }
  return total;
}
